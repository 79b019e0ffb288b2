import { whereLabelsLie } from '@dilated-unet/core';
import type { LabelKind, PixelSize, StackSelection, StackSource } from '@dilated-unet/stacks';
import { openStack } from '@dilated-unet/stacks/node';
import {
  stacksOf,
  type DividedStack,
  type NormalisedSections,
  type StackConfig,
  type TrainConfig,
} from '@dilated-unet/trainer';
import { percent, rounded } from './charts.ts';
import { membraneShare } from './labels.ts';
import type { PreviewSection } from './sections.ts';

/** What was read of a stack: names and values, as text. @param share part of the windows, 0 to 1. @throws as `openStack`. */
export async function factsOf(
  config: TrainConfig,
  stack: PreviewStack,
  share: number,
): Promise<readonly (readonly [name: string, value: string])[]> {
  const { train, heldOut: held, name, labelOffset, sections } = stack;
  const { images, labels, by } = (train ?? held) as NormalisedSections;
  const own = `${images.width} × ${images.height} pixels`;
  const size = stack.streamed === null ? `${sections.length} sections of ${own}` : largeSize(stack, own);
  const [trained, heldOut] = [sections.filter((s) => !s.isHeldOut), sections.filter((s) => s.isHeldOut)];
  const { mean, std } = by.normalisation;
  const paths = stacksOf(config.data).find((one) => one.name === name);
  const use = train === null ? 'scored' : 'trained on';
  const moved = train === null ? 'predictions are moved to them to be scored' : 'are moved onto it for training';
  return [
    ...(name === null ? [] : [['Stack', name] as const]),
    ...(paths === undefined ? phantomFacts(config.data, size) : await files(paths, size, stack)),
    [
      'Trained on',
      train === null ? 'no section' : numbers(trained, stack.partPlaces === null ? null : stack.places.train),
    ],
    ...(name === null || train === null ? [] : [['Windows', `${percent(share)} of all are cut from it`] as const]),
    ['Held out', heldOut.length === 0 ? 'none: all sections are trained on' : numbers(heldOut)],
    ['Membrane', `${percent(membraneShare(labels.data))} of the pixels that are ${use}`],
    [
      'Normalised by',
      by.normalise === 'section'
        ? 'each section’s own mean and standard deviation'
        : `mean ${rounded(mean)}, standard deviation ${rounded(std)}`,
    ],
    ...(labelOffset === null
      ? []
      : [['Labels lie', `${whereLabelsLie(labelOffset)} of the tissue, and ${moved}`] as const]),
  ];
}

/** A stack and its sections with labels. */
export interface PreviewStack extends DividedStack {
  readonly sections: readonly PreviewSection[];
}

async function files(
  { images, labels, test: testPath, select }: StackConfig,
  size: string,
  stack: DividedStack,
): Promise<readonly (readonly [string, string])[]> {
  const ofImages = await opened(images, select);
  const pixels = ofImages.pixelSize ?? (await opened(labels)).pixelSize;
  return [
    ['Images', images],
    ['Labels', labels],
    ['Labels are', kindText(stack)],
    ['Size', `${size}, ${ofImages.dtype}`],
    ['Pixel', pixels === undefined ? 'the files state no size' : pixelText(pixels)],
    ...(stack.pixelSize === null ? [] : [['Pixel of the training', pixelText(stack.pixelSize)] as const]),
    ...(testPath === undefined || stack.test === null
      ? []
      : [['Without labels', `${testPath}: ${stack.test.depth} sections, segmented at the end`] as const]),
  ];
}

const KINDS = {
  interior: '0 on membranes, another value in cells',
  membrane: '0 in cells, another value on membranes',
  instances: 'ids of cells',
} as const satisfies Record<LabelKind, string>;

function kindText({ labelKind, boundaryWidth }: DividedStack): string {
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

function phantomFacts(data: TrainConfig['data'], size: string): readonly (readonly [string, string])[] {
  const seed = data.kind === 'phantom' ? `, seed ${data.seed}` : '';
  return [
    ['Images', `the built-in phantom${seed}`],
    ['Size', size],
  ];
}

/** Of a stack that stays in its files. @param own sides of what is in memory of what is trained on. */
function largeSize({ places, streamed, partPlaces }: PreviewStack, own: string): string {
  const [depth, { width, height }] = [
    places.train.length + places.heldOut.length,
    (streamed as NonNullable<typeof streamed>).files.size,
  ];
  const looked =
    partPlaces === null
      ? ''
      : `; of those that are trained on, ${partPlaces.length} parts of ${own} are shown and measured`;
  return `${depth} sections with labels of ${width} × ${height} pixels${looked}`;
}

/** For example `24 sections: 1–12, 19–30`. */
function numbers(sections: readonly PreviewSection[], places: readonly number[] | null = null): string {
  const runs: [number, number][] = [];
  const all = new Set(places?.map((z) => z + 1) ?? sections.map(({ number }) => number));
  for (const number of all) {
    const last = runs.at(-1);
    if (last?.[1] === number - 1) last[1] = number;
    else runs.push([number, number]);
  }
  const named = runs.map(([from, to]) => (from === to ? String(from) : `${from}–${to}`)).join(', ');
  return `${all.size} ${all.size === 1 ? 'section' : 'sections'}: ${named}`;
}
