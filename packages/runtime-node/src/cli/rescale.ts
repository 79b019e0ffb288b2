import {
  decidePixelSize,
  InvalidOptionError,
  windowOf,
  type ModelCard,
  type Rectangle,
  type Size,
} from '@dilated-unet/core';
import type { PixelFlags } from '@dilated-unet/host';
import type { Model } from '@dilated-unet/model-package';
import type { StackSource } from '@dilated-unet/stacks';
import type { RunFacts } from '../memory.ts';
import { RESCALING_BYTES, rescaledStack, type Rescale } from '../rescaled-rows.ts';

/** How the pixels of the input become those of the model. @throws InvalidOptionError as `decidePixelSize` and `resampledSize` of core. */
export function rescaleOf(
  { pixelSize, modelPixelSize }: PixelFlags,
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
