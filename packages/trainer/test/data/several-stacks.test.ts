import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  InvalidImageError,
  InvalidOptionError,
  sections,
  stackNormalisation,
  tissueNormalisation,
  type GreyStack,
} from '@dilated-unet/core';
import { encodeTiffStack, IGNORED } from '@dilated-unet/stacks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decidedConfig, loadDataset, sampledStacks, type Dataset, type DatasetConfig } from '../../src/data/dataset.ts';
import type { DividedStack } from '../../src/data/hold-out.ts';
import { requireUnseen } from '../../src/data/held-out-elsewhere.ts';
import { phantom } from '../../src/data/phantom.ts';
import { createSampler } from '../../src/data/sampler.ts';
import type { TrainConfig } from '../../src/config/schema.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'several-stacks-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function write(name: string, stack: GreyStack): Promise<string> {
  await writeFile(join(folder, name), await encodeTiffStack(stack, { compression: 'deflate' }));
  return join(folder, name);
}

/** Two stacks of other sizes, types, grey values and kinds of labels. */
const BRAIN = phantom({ sections: 5, size: 96, seed: 1 });
const CORD = phantom({ sections: 4, size: 128, seed: 2, withCells: true });
const DIM = { ...CORD.images, data: Uint16Array.from(CORD.images.data, (value) => 3000 + 20 * value) };
const IDS = { ...CORD.images, data: Uint16Array.from(CORD.cells?.data ?? []) };

type Named = Extract<TrainConfig['data'], { kind: 'several' }>['stacks'][number];

const brain = async (more: Partial<Named> = {}): Promise<Named> => ({
  name: 'brain',
  images: await write('brain-images.tif', BRAIN.images),
  labels: await write('brain-labels.tif', BRAIN.labels),
  ...more,
});
const cord = async (more: Partial<Named> = {}): Promise<Named> => ({
  name: 'cord',
  images: await write('cord-images.tif', DIM),
  labels: await write('cord-labels.tif', IDS),
  ...more,
});

/** As alignment leaves it, with a border. */
const PADDED = {
  ...BRAIN.images,
  data: BRAIN.images.data.map((value, i) => (i % BRAIN.images.width < 20 ? 0 : value)),
};

const load = (stacks: readonly Named[], others: Partial<DatasetConfig> = {}): Promise<Dataset> =>
  loadDataset({
    data: { kind: 'several', stacks: [...stacks] },
    holdOut: 1,
    labelKind: 'auto',
    boundaryWidth: null,
    normalise: 'model',
    sampling: 'sections',
    registerLabels: false,
    augmentation: {},
    window: 32,
    ...others,
  });

async function failure(
  stacks: readonly Named[],
  others: Partial<DatasetConfig> = {},
): Promise<InvalidImageError | InvalidOptionError> {
  const error: unknown = await load(stacks, others).catch((e: unknown) => e);
  expect(error instanceof InvalidImageError || error instanceof InvalidOptionError).toBe(true);
  return error as InvalidImageError;
}

describe('several stacks', () => {
  it('are normalised as in use: padding left out', async () => {
    const data = await load([await brain({ images: await write('padded.tif', PADDED) }), await cord()]);
    const [a] = data.stacks;
    const parts = { train: sections(PADDED, 0, 4), heldOut: sections(PADDED, 4, 5) };
    expect(a?.train?.by.normalisation).toEqual(tissueNormalisation(parts.train));
    expect(a?.heldOut?.by.normalisation).toEqual(tissueNormalisation(parts.heldOut));
    expect(tissueNormalisation(parts.train)).not.toEqual(stackNormalisation(parts.train));
  });

  it('have each their size, kind of labels, held-out block and normalisation', async () => {
    const data = await load([await brain(), await cord()]);
    const [a, b] = data.stacks;
    expect([a?.name, a?.labelKind, b?.name, b?.labelKind]).toEqual(['brain', 'interior', 'cord', 'instances']);
    expect(a?.train?.images).toEqual(sections(BRAIN.images, 0, 4));
    expect(b?.train?.images).toEqual(sections(DIM, 0, 3));
    expect(b?.heldOut?.images).toEqual(sections(DIM, 3, 4));
    expect([a?.places.heldOut, b?.places.heldOut]).toEqual([[4], [3]]);
    expect(a?.train?.by).toEqual({ normalisation: tissueNormalisation(sections(BRAIN.images, 0, 4)) });
    expect(b?.train?.by).toEqual({ normalisation: tissueNormalisation(sections(DIM, 0, 3)) });
    expect(b?.heldOut?.by).toEqual({ normalisation: tissueNormalisation(sections(DIM, 3, 4)) });
    // Whoever uses the model has a stack that none of these is.
    expect(data.normalise).toBe('stack');
    const pixels = [...sections(BRAIN.images, 0, 4).data, ...sections(DIM, 0, 3).data];
    const all = tissueNormalisation({ width: pixels.length, height: 1, depth: 1, data: Float32Array.from(pixels) });
    expect(data.normalisation.mean).toBeCloseTo(all.mean, 6);
    expect(data.normalisation.std).toBeCloseTo(all.std, 6);
    expect(data.notes.map((note) => note.split(': ')[0])).toEqual(['brain', 'cord']);
    expect(data.notes[1]).toMatch(/^cord: .*cord-labels\.tif: taken as `labelKind` instances/);
    expect(decidedConfig({ labelKind: 'auto' as const, boundaryWidth: null }, data).labelKind).toBe('auto');
    expect(
      decidedConfig(
        { labelKind: 'auto' as const, boundaryWidth: null },
        await load([await brain(), await brainAgain()]),
      ).labelKind,
    ).toBe('interior');
  });

  const brainAgain = async (): Promise<Named> => ({
    name: 'other',
    images: await write('other-images.tif', {
      ...BRAIN.images,
      data: BRAIN.images.data.map((value) => 255 - value).map((value) => 255 - (value >> 1)),
    }),
    labels: await write('other-labels.tif', BRAIN.labels),
  });

  it('are normalised section by section where that is asked for', async () => {
    const data = await load([await brain(), await cord()], { normalise: 'section' });
    expect(data.normalise).toBe('section');
    expect(data.stacks.map(({ train }) => train?.by.normalise)).toEqual(['section', 'section']);
  });

  it('take a width of membranes for the labels that are instances', async () => {
    const { stacks } = await load([await brain(), await cord()], { boundaryWidth: 9 });
    expect(stacks.map(({ labelKind, boundaryWidth }) => [labelKind, boundaryWidth])).toEqual([
      ['interior', null],
      ['instances', 9],
    ]);
    const none = await failure([await brain(), await brainAgain()], { boundaryWidth: 9 });
    expect(none.message).toMatch(/^boundaryWidth must be left out: it is for labels that are instances/);
  });

  it('may be held out as a whole', async () => {
    const data = await load([await brain(), await cord({ heldOut: true })], { holdOut: 0, registerLabels: true });
    const [a, b] = data.stacks;
    expect([a?.train?.images.depth, a?.heldOut, b?.train, b?.heldOut?.images.depth]).toEqual([5, null, null, 4]);
    expect(b?.heldOut?.by).toEqual({ normalisation: tissueNormalisation(DIM) });
    expect(sampledStacks(data)).toHaveLength(1);
    expect(data.normalisation).toEqual(tissueNormalisation(BRAIN.images));
    expect(Math.abs(b?.labelOffset?.y ?? 9)).toBeLessThan(0.5);
    // Its sections are no part of the blocks that are held out of others.
    expect(
      (await load([await brain(), await cord({ heldOut: true })], { holdOut: 4 })).stacks[0]?.train?.images.depth,
    ).toBe(1);
  });

  it('have a hash in which their order counts', async () => {
    const [ab, ba] = [await load([await brain(), await cord()]), await load([await cord(), await brain()])];
    expect(ab.hash.images.split(' ')).toEqual(ba.hash.images.split(' ').reverse());
    expect(ab.hash.images).not.toBe(ba.hash.images);
  });

  it('may be labelled whole beside one in which 0 says that nobody labelled: the lower of two values is membrane', async () => {
    const classes = ({ data, ...size }: GreyStack): GreyStack => ({
      ...size,
      data: data.map((value) => (value > 0 ? 2 : 1)),
    });
    const whole = classes(CORD.labels);
    const partly = classes(BRAIN.labels);
    partly.data.forEach((_, i) => i % 96 < 40 && (partly.data[i] = 0));
    const stacks = [
      await brain({ labels: await write('partly.tif', partly) }),
      await cord({ labels: await write('whole.tif', whole) }),
    ];
    const data = await load(stacks, { ignore: 0 });
    expect(data.stacks.map(({ labelKind }) => labelKind)).toEqual(['interior', 'interior']);
    const [ofBrain, ofCord] = data.stacks.map(({ train }) => train?.labels.data);
    expect(ofBrain).toEqual(sections(partly, 0, 4).data.map((value) => (value === 0 ? IGNORED : value - 1)));
    expect(ofCord).toEqual(sections(whole, 0, 3).data.map((value) => value - 1));
  });

  it('may be labelled in part, some of them, by a value or a mask', async () => {
    const partly = { ...BRAIN.labels, data: BRAIN.labels.data.map((value, i) => (i % 96 < 40 ? 7 : value)) };
    const labels = await write('partly.tif', partly);
    const byValue = await load([await brain({ labels }), await cord()], { ignore: 7 });
    expect(byValue.stacks.map(({ train }) => train?.labels.data.includes(IGNORED))).toEqual([true, false]);
    expect(byValue.isPartial).toBe(true);
    const ignoreMask = await write('mask.tif', { ...partly, data: partly.data.map((value) => (value === 7 ? 1 : 0)) });
    const byMask = await load([await brain({ ignoreMask }), await cord()]);
    expect(byMask.stacks[0]?.train?.labels).toEqual(byValue.stacks[0]?.train?.labels);
    expect(byMask.stacks[1]?.train?.labels.data.includes(IGNORED)).toBe(false);
    const message = (await failure([await brain(), await cord()], { ignore: 60000 })).message;
    expect(message).toMatch(/brain-labels\.tif: no pixel has the value 60000, which is to be ignored/);
  });

  it.each([
    [
      'a stack under another path',
      async () => ({
        images: await write('copy.tif', BRAIN.images),
        labels: await write('copy-labels.tif', BRAIN.labels),
      }),
      {},
      /^cord \(.*copy\.tif\) has the same images as brain \(.*brain-images\.tif\)\. Name each stack once/,
    ],
    [
      'labels of another stack',
      async () => ({ labels: await write('l.tif', BRAIN.labels) }),
      {},
      /l\.tif: labels of another size than images: 5 sections of 96 x 96/,
    ],
    [
      'windows that one is smaller than',
      async () => ({}),
      { window: 104 },
      /brain-images\.tif: the sections are 96 x 96 pixels, smaller than the training window of 104/,
    ],
    [
      'a block as large as one',
      async () => ({}),
      { holdOut: 4 },
      /^holdOut must be an integer from 0 to 3: at least one of the 4 sections of cord is trained on \(`holdOutStack`/,
    ],
    [
      'a block that leaves one',
      async () => ({}),
      { holdOut: 2, holdOutFrom: 3 },
      /^holdOutFrom must be an integer from 0 to 2: cord has 4 sections/,
    ],
  ])('refuses %s, by its name', async (_, more, others, message) => {
    expect((await failure([await brain(), await cord(await more())], others)).message).toMatch(message);
  });
});

describe('sections that are held out of one stack and are in another', () => {
  /** Sections of the brain as a stack of their own. */
  const part = async (from: number, to: number, more: Partial<Named> = {}): Promise<Named> => ({
    name: 'part',
    images: await write(`part-${from}.tif`, sections(BRAIN.images, from, to)),
    labels: await write(`part-${from}-labels.tif`, sections(BRAIN.labels, from, to)),
    ...more,
  });

  it('are refused, whether all of it is held out or a block', async () => {
    const whole = await failure([await brain(), await part(1, 4, { heldOut: true })], { holdOut: 0 });
    expect(whole.message).toMatch(
      /^part \(.*part-1\.tif\): sections 1 to 3 held out, and trained on in brain \(.*brain-images\.tif\), as sections 2 to 4 there\./,
    );
    const block = await failure([await brain(), await part(0, 3)], { holdOut: 1 });
    expect(block.message).toMatch(/^part .*: section 3 held out, and trained on in brain .*as section 3 there/);
  });

  it('may be held out of both, or trained on in both', async () => {
    const { stacks } = await load([await brain(), await part(2, 5)], { holdOut: 1 });
    expect(stacks.map(({ heldOut }) => heldOut?.images)).toEqual([4, 4].map((z) => sections(BRAIN.images, z, z + 1)));
  });

  it('say nothing where they are of one grey value', async () => {
    const plain = { ...sections(BRAIN.images, 0, 2), data: new Uint8Array(2 * 96 ** 2).fill(9) };
    const labels = sections(BRAIN.labels, 0, 2);
    const half = { images: plain, labels: { ...labels, data: Uint8Array.from(labels.data) } };
    const divided = (train: typeof half | null, heldOut: typeof half | null): DividedStack =>
      ({
        train,
        heldOut,
        streamed: null,
        partPlaces: null,
        places: { train: [0, 1], heldOut: [0, 1] },
      }) as unknown as DividedStack;
    const configs = ['a', 'b'].map((name) => ({ name, images: `${name}.tif`, labels: 'l.tif' }));
    await requireUnseen([divided(half, null), divided(null, half)], configs);
    plain.data[(3 * 96 ** 2) / 2] = 8;
    await expect(requireUnseen([divided(half, null), divided(null, half)], configs)).rejects.toThrow(
      'b (b.tif): section 2 held out, and trained on in a (a.tif), as section 2 there.',
    );
  });
});

/** A stack whose grey values say which section, row and column they are of, and which stack. */
function addressed(stack: number, [depth, height, width]: readonly [number, number, number]): GreyStack {
  const at = (i: number): number =>
    [i % width, Math.floor(i / width) % height, Math.floor(i / width / height)].reduceRight(
      (sum, n) => 32 * sum + n,
      stack,
    );
  return { width, height, depth, data: Float32Array.from({ length: depth * height * width }, (_, i) => at(i)) };
}

describe('windows of several stacks', () => {
  const PLAIN = { normalisation: { mean: 0, std: 1 } };
  const sampled = (images: GreyStack, weight?: number) => ({
    train: { images, labels: { ...images, data: new Uint8Array(images.data.length) } },
    ...PLAIN,
    ...(weight !== undefined && { weight }),
  });
  const options = { window: 8, batchSize: 10, augmentation: {}, seed: 5 };
  /** How often windows begin at each place. */
  const begun = (stacks: Parameters<typeof createSampler>[0]['stacks'], draws = 8000): Map<number, number> => {
    const sampler = createSampler({ ...options, stacks });
    const counts = new Map<number, number>();
    for (let step = 0; step < draws / 10; step++) {
      const { images } = sampler.batch(step);
      for (let n = 0; n < 10; n++)
        counts.set(images[n * 64] as number, (counts.get(images[n * 64] as number) ?? 0) + 1);
    }
    return counts;
  };
  const chiSquared = (counts: Iterable<number>, expected: number): number =>
    [...counts].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);

  // 3 x 2 x 3 and 2 x 5 x 1 places.
  it.each([
    ['areas', [undefined, undefined], [270 / 462, 192 / 462]],
    ['weights', [1, 3], [0.25, 0.75]],
  ])(
    'are divided among stacks by %s, and begin equally often at every place of one (chi squared below its 99.9th percentile)',
    (_, [a, b], shares) => {
      const stacks = [sampled(addressed(0, [3, 9, 10]), a), sampled(addressed(1, [2, 12, 8]), b)];
      expect(createSampler({ ...options, stacks }).shares).toEqual(shares);
      const counts = [...begun(stacks)];
      const of = (stack: number): readonly number[] =>
        counts.flatMap(([value, count]) => (Math.floor(value / 32 ** 3) === stack ? count : []));
      const [ofA, ofB] = [of(0), of(1)];
      expect([ofA.length, ofB.length]).toEqual([18, 10]);
      expect(chiSquared(ofA, (8000 * (shares[0] as number)) / 18)).toBeLessThan(42.31);
      expect(chiSquared(ofB, (8000 * (shares[1] as number)) / 10)).toBeLessThan(29.59);
    },
  );

  it('of a stack in two files are those of the stack', () => {
    const whole = addressed(0, [5, 9, 10]);
    const split = [sampled(sections(whole, 0, 2)), sampled(sections(whole, 2, 5))];
    const [one, two] = [begun([sampled(whole)]), begun(split)];
    expect([...two.keys()].sort()).toEqual([...one.keys()].sort());
    expect(chiSquared(two.values(), 8000 / 30)).toBeLessThan(58.3);
  });

  it('are divided by the pixels that count', () => {
    const [a, b] = [sampled(addressed(0, [3, 9, 10])), sampled(addressed(1, [2, 12, 8]))];
    // The first row of the first section.
    a.train.labels.data.fill(IGNORED, 10);
    expect(createSampler({ ...options, stacks: [a, b] }).shares).toEqual([10 / 202, 192 / 202]);
  });

  it('are normalised by what their stack is', () => {
    const stacks = [
      sampled(addressed(0, [3, 9, 10])),
      { ...sampled(addressed(1, [2, 12, 8])), normalisation: { mean: 1e6, std: 1 } },
    ];
    const { images } = createSampler({ ...options, stacks }).batch(0);
    for (let n = 0; n < 10; n++) expect(Math.abs(images[64 * n] as number)).not.toBeCloseTo(32 ** 3, -4);
    expect([...images].some((value) => value < -9e5)).toBe(true);
    expect([...images].some((value) => value >= 0 && value < 32 ** 3)).toBe(true);
  });

  it.each([0, -1, Number.NaN, Infinity])('refuse the weight %s', (weight) => {
    const stacks = [sampled(addressed(0, [3, 9, 10]), weight), sampled(addressed(1, [2, 12, 8]), 1)];
    expect(() => createSampler({ ...options, stacks })).toThrow('weight must be a number above 0');
  });
});
