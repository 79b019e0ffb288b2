import type { LabelKind, PixelSize, StackSelection, StackSource } from '@dilated-unet/stacks';
import { openStack } from '@dilated-unet/stacks/node';
import type { Dataset, TrainConfig } from '@dilated-unet/trainer';
import { whereLabelsLie } from '../scoring/label-offset.ts';
import { percent, rounded } from './charts.ts';
import { membraneShare } from './labels.ts';
import type { PreviewSection } from './sections.ts';

/** What was read: names and values, as text. @throws as `openStack`. */
export async function factsOf(
  config: TrainConfig,
  data: Dataset,
  sections: readonly PreviewSection[],
): Promise<readonly (readonly [name: string, value: string])[]> {
  const { images } = data.train;
  const size = `${sections.length} sections of ${images.width} × ${images.height} pixels`;
  const [trained, heldOut] = [sections.filter((s) => !s.isHeldOut), sections.filter((s) => s.isHeldOut)];
  const { mean, std } = data.normalisation;
  return [
    ...(config.data.kind === 'stacks' ? await files(config.data, size, data) : phantomFacts(config.data, size)),
    ['Trained on', numbers(trained)],
    ['Held out', heldOut.length === 0 ? 'none: all sections are trained on' : numbers(heldOut)],
    ['Membrane', `${percent(membraneShare(data.train.labels.data))} of the pixels that are trained on`],
    [
      'Normalised by',
      data.normalise === 'section'
        ? 'each section’s own mean and standard deviation'
        : `mean ${rounded(mean)}, standard deviation ${rounded(std)}`,
    ],
    ...(data.labelOffset === null
      ? []
      : [['Labels lie', `${whereLabelsLie(data.labelOffset)} of the tissue, and are trained on it`] as const]),
  ];
}

async function files(
  { images, labels, test, select }: Extract<TrainConfig['data'], { kind: 'stacks' }>,
  size: string,
  data: Dataset,
): Promise<readonly (readonly [string, string])[]> {
  const ofImages = await opened(images, select);
  const pixels = ofImages.pixelSize ?? (await opened(labels)).pixelSize;
  return [
    ['Images', images],
    ['Labels', labels],
    ['Labels are', kindText(data)],
    ['Size', `${size}, ${ofImages.dtype}`],
    ['Pixel', pixels === undefined ? 'the files state no size' : pixelText(pixels)],
    ...(data.pixelSize === null ? [] : [['Pixel of the training', pixelText(data.pixelSize)] as const]),
    ...(test === undefined || data.test === null
      ? []
      : [['Without labels', `${test}: ${data.test.depth} sections, segmented at the end`] as const]),
  ];
}

const KINDS = {
  interior: '0 on membranes, another value in cells',
  membrane: '0 in cells, another value on membranes',
  instances: 'ids of cells',
} as const satisfies Record<LabelKind, string>;

function kindText({ labelKind, boundaryWidth }: Dataset): string {
  const made = boundaryWidth === null ? '' : `; membranes between cells are made ${boundaryWidth} pixels wide`;
  return `${KINDS[labelKind]} (--label-kind ${labelKind})${made}`;
}

/** What a file says of itself. */
async function opened(path: string, select: StackSelection = {}): Promise<Pick<StackSource, 'dtype' | 'pixelSize'>> {
  const source = await openStack(path, select);
  await source.close?.();
  return source;
}

function pixelText({ z, y, x }: PixelSize): string {
  const inPlane = y === x ? `${rounded(x)} nm` : `${rounded(x)} nm across, ${rounded(y)} nm down`;
  return z === undefined ? inPlane : `${inPlane}, sections ${rounded(z)} nm apart`;
}

function phantomFacts(
  { seed }: Extract<TrainConfig['data'], { kind: 'phantom' }>,
  size: string,
): readonly (readonly [string, string])[] {
  return [
    ['Images', `the built-in phantom, seed ${seed}`],
    ['Size', size],
  ];
}

/** For example `24 sections: 1–12, 19–30`. */
function numbers(sections: readonly PreviewSection[]): string {
  const runs: [number, number][] = [];
  for (const { number } of sections) {
    const last = runs.at(-1);
    if (last?.[1] === number - 1) last[1] = number;
    else runs.push([number, number]);
  }
  const named = runs.map(([from, to]) => (from === to ? String(from) : `${from}–${to}`)).join(', ');
  return `${sections.length} ${sections.length === 1 ? 'section' : 'sections'}: ${named}`;
}
