import {
  decidePixelSize,
  InvalidOptionError,
  isBelievable,
  TYPED_PIXEL_SIZES,
  windowOf,
  type ModelCard,
  type PixelSides,
  type Rectangle,
  type Size,
} from '@dilated-unet/core';
import type { Model } from '@dilated-unet/model-package';
import type { PixelSize, StackSource } from '@dilated-unet/stacks';
import { InvalidArgumentError, Option } from 'commander';
import type { RunFacts } from '../memory.ts';
import { RESCALING_BYTES, rescaledStack, type Rescale } from '../rescaled-rows.ts';

/** What the flags below say. */
export interface PixelJob {
  readonly pixelSize?: PixelSides;
  readonly modelPixelSize?: PixelSides;
}

/** The flags that say which pixels the input has, and the model. */
export function pixelFlags(): readonly Option[] {
  return [
    new Option(
      '--pixel-size <nm>',
      "nanometres of the input's pixels (or y,x): where it does not state them, or wrongly; other pixels than those of the model " +
        'are resampled (docs/pixel-size.md)',
    ).argParser(pixelSides),
    new Option('--model-pixel-size <nm>', "nanometres of the model's, where its card does not know them").argParser(
      pixelSides,
    ),
  ];
}

function pixelSides(text: string): PixelSides {
  const [y, x = y, ...more] = text.split(',').map((word) => (word.trim() === '' ? NaN : Number(word)));
  const { least, most } = TYPED_PIXEL_SIZES;
  const fits = (side: number | undefined): side is number => side !== undefined && side >= least && side <= most;
  if (fits(y) && fits(x) && more.length === 0) return { y, x };
  throw new InvalidArgumentError(`It must be nanometres from ${least} to ${most}: 3.7, or 4,3.7 for y and x.`);
}

/** How the pixels of the input become those of the model. @throws InvalidOptionError as `decidePixelSize` and `resampledSize` of core. */
export function rescaleOf(
  { pixelSize, modelPixelSize }: PixelJob,
  stack: StackSource,
  { card }: Pick<Model, 'card'>,
  onNote: (note: string) => void,
): Rescale {
  const stated = stack.pixelSize;
  if (modelPixelSize !== undefined && pixelSize === undefined && stated === undefined) {
    const rule = 'needs `pixelSize`, as the input does not state the size of its pixels';
    throw new InvalidOptionError('modelPixelSize', rule, modelPixelSize);
  }
  const { rescale, note } = decidePixelSize({ asked: pixelSize, stated, model: modelPixelSize ?? card.pixelSize });
  // What is too far apart is refused now.
  if (rescale !== null) rescaledStack(stack, rescale, undefined);
  if (note !== null) onNote(note);
  return rescale;
}

/** What of a run decides its memory, beside its model and device; `source` is what is read at the pixels of the model. */
type ReadFacts = Pick<RunFacts, 'width' | 'height' | 'sectionBytes' | 'besideBytes'> & { readonly source: StackSource };

/** @param sectionBytes a pixel of the input, of what is held of whole sections. */
export function readFacts(
  stack: StackSource,
  { region, rescale }: { readonly region: Rectangle | undefined; readonly rescale: Rescale },
  card: ModelCard,
  sectionBytes: number,
): ReadFacts {
  const [, height, width] = stack.shape;
  const seen = (part: Rectangle | undefined, size: Size): Size =>
    part === undefined ? size : windowOf(part, size, card);
  if (rescale === null) {
    return { source: stack, ...sizeOf(seen(region, { width, height })), sectionBytes };
  }
  const scaled = rescaledStack(stack, rescale, region);
  const size = sizeOf(seen(scaled.window, scaled.rescaling.to));
  const given = scaled.region.width * scaled.region.height;
  return {
    source: scaled.source,
    ...size,
    sectionBytes: (sectionBytes * given) / (size.width * size.height),
    besideBytes: RESCALING_BYTES,
  };
}

const sizeOf = ({ width, height }: Size): Size => ({ width, height });

/** The pixels of the output: those that the user says, else those that the input states. */
export function inputPixelSize({ pixelSize }: PixelJob, { pixelSize: stated }: StackSource): PixelSize | undefined {
  if (pixelSize === undefined) return stated;
  const z = stated !== undefined && isBelievable(stated) ? stated.z : undefined;
  return { ...(z !== undefined && { z }), ...pixelSize };
}
