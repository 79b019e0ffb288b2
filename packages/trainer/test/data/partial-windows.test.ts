import { section, type GreyStack } from '@dilated-unet/core';
import { IGNORED } from '@dilated-unet/stacks';
import { describe, expect, it } from 'vitest';
import { parseAugmentation } from '../../src/config/parse.ts';
import { augmentWindow } from '../../src/data/augmentation/augment.ts';
import { missingMembrane } from '../../src/data/augmentation/missing-membrane.ts';
import { interpolateLabels, NOT_COUNTED, resampleLabels } from '../../src/data/augmentation/resample.ts';
import { countedPositions } from '../../src/data/counted-positions.ts';
import { CountedRows } from '../../src/data/counted-rows.ts';
import { windowSource } from '../../src/data/window-source.ts';
import { stream } from '../../src/random.ts';
import { createSampler, type OneStackOptions } from '../support/one-stack.ts';

const SIZE = { width: 20, height: 18, depth: 3 };
const PIXELS = SIZE.width * SIZE.height;

/** Labels of which few pixels count: those that `counts` says, interior where x + y is odd. */
function partly(counts: (z: number, y: number, x: number) => boolean): GreyStack<Uint8Array> {
  const data = Uint8Array.from({ length: SIZE.depth * PIXELS }, (_, i) => {
    const [z, y, x] = [Math.floor(i / PIXELS), Math.floor((i % PIXELS) / SIZE.width), i % SIZE.width];
    return counts(z, y, x) ? (x + y) % 2 : IGNORED;
  });
  return { ...SIZE, data };
}

/** A pixel in a corner, a pixel inside of another section, and none in a third. */
const FEW = partly((z, y, x) => (z === 0 && y === 17 && x === 19) || (z === 2 && y === 9 && x === 4));

/** Where windows of side `side` have a pixel that counts, one by one. */
function byHand(labels: GreyStack<Uint8Array>, side: number): string[] {
  const found: string[] = [];
  for (let z = 0; z < labels.depth; z++) {
    const { data } = section(labels, z);
    for (let y = 0; y + side <= labels.height; y++) {
      for (let x = 0; x + side <= labels.width; x++) {
        const isCounted = Array.from({ length: side * side }, (_, i) => {
          return data[(y + Math.floor(i / side)) * labels.width + x + (i % side)] !== IGNORED;
        }).includes(true);
        if (isCounted) found.push(`${z},${y},${x}`);
      }
    }
  }
  return found;
}

describe('positions at which a pixel counts', () => {
  const some = partly((z, y, x) => stream(z, y, x).uniform() < 0.01);
  it.each([
    ['few pixels', FEW, 8],
    ['few pixels, windows of the section', FEW, 18],
    ['windows of a pixel', FEW, 1],
    ['pixels here and there', some, 5],
    ['all pixels', partly(() => true), 7],
    ['none', partly(() => false), 7],
  ])('are all of them, in order: %s', (_name, labels, side) => {
    const positions = countedPositions(labels, side);
    const listed = Array.from({ length: positions.count }, (_, k) => positions.at(k));
    expect(listed.map(({ z, y, x }) => `${z},${y},${x}`)).toEqual(byHand(labels, side));
  });
});

it('windows of a volume in which more than 2^32 positions count are drawn from all of it', () => {
  const [size, window] = [{ width: 65_536, height: 40 }, 32];
  const rows = new CountedRows(size, window);
  const data = new Uint8Array(size.width * size.height).fill(1);
  data[0] = IGNORED;
  rows.add(0, { height: size.height, data });
  const positions = rows.table(new Array<number>(8_000).fill(0));
  expect(positions.count).toBeGreaterThan(2 ** 32);
  const train = {
    files: { images: 'i', labels: 'l', reading: null, size },
    places: [],
    positions,
    normalisations: null,
  };
  const source = windowSource(train, { normalisation: { mean: 0, std: 1 } }, { window, endExcluded: false });
  const random = stream(1, 'windows');
  const sections = Array.from({ length: 300 }, () => {
    const drawn = source.draw(random);
    return 'needed' in drawn ? drawn.needed.z : drawn.z;
  });
  for (const from of [0, 2_000, 4_000, 6_000]) {
    expect(sections.filter((z) => z >= from && z < from + 2_000).length).toBeGreaterThan(45);
  }
});

describe('a batch of partial labels', () => {
  const images = { ...SIZE, data: Float32Array.from({ length: SIZE.depth * PIXELS }, (_, i) => i) };
  const options: OneStackOptions = {
    train: { images, labels: FEW },
    normalisation: { mean: 0, std: 1 },
    window: 8,
    batchSize: 2,
    augmentation: {},
    seed: 1,
  };
  /** Where the windows of many batches begin. */
  const drawn = (changed: Partial<OneStackOptions>, steps = 400): string[] => {
    const sampler = createSampler({ ...options, ...changed });
    return Array.from({ length: steps }, (_, step) => sampler.batch(step).images).flatMap((batch) =>
      [0, 1].map((n) => {
        const first = batch[n * 64] as number;
        return [first / PIXELS, (first % PIXELS) / SIZE.width, first % SIZE.width].map(Math.floor).join(',');
      }),
    );
  };

  it('has windows with a pixel that counts, every such position about as often', () => {
    const counts = new Map<string, number>();
    for (const position of drawn({}, 2000)) counts.set(position, (counts.get(position) ?? 0) + 1);
    const all = byHand(FEW, 8);
    expect([...counts.keys()].sort()).toEqual([...all].sort());
    // 4000 draws among 41 positions; 5 standard errors.
    const mean = 4000 / all.length;
    for (const [position, count] of counts) expect(Math.abs(count - mean), position).toBeLessThan(5 * Math.sqrt(mean));
  });

  it('is a function of the seed and the step', () => {
    const sampler = createSampler({ ...options, augmentation: parseAugmentation('tissue') });
    const later = sampler.batch(5);
    sampler.batch(0);
    expect(sampler.batch(5)).toEqual(later);
    expect(sampler.batch(6)).not.toEqual(later);
  });

  it('has labels below 0 where they do not count, and the others as they are', () => {
    const sampler = createSampler(options);
    const windows = Array.from({ length: 400 }, (_, step) => sampler.batch(step).labels.subarray(0, 64));
    expect([...new Set(windows.flatMap((labels) => [...labels]))].sort()).toEqual([NOT_COUNTED, 0, 1]);
    for (const labels of windows) expect([...labels].filter((label) => label >= 0)).toHaveLength(1);
  });

  it('has windows that are turned and bent so that a pixel still counts', () => {
    // One pixel, which most turned windows that hold it lose.
    const train = { images, labels: partly((z, y, x) => z === 1 && y === 9 && x === 9) };
    const augmentation = parseAugmentation({ rotation: 180, elastic: { sd: 1.6, spacing: 8 } });
    const sampler = createSampler({ ...options, train, augmentation, batchSize: 1 });
    const batches = Array.from({ length: 200 }, (_, step) => sampler.batch(step));
    const without = batches.filter(({ labels }) => labels.every((label) => label < 0)).length;
    expect(without / batches.length).toBeLessThan(0.02);
  });

  it('ends where no position helps: a window of the section, turned away from its only corner that counts', () => {
    const square = { width: 16, height: 16, depth: 1 };
    const data = new Uint8Array(256).fill(IGNORED);
    data[0] = 1;
    const train = { images: { ...square, data: new Float32Array(256) }, labels: { ...square, data } };
    const sampler = createSampler({ ...options, train, window: 16, augmentation: { scale: [2, 2] } });
    expect(sampler.batch(0).labels.every((label) => label === NOT_COUNTED)).toBe(true);
  });

  it('cannot be made of labels of which no pixel counts', () => {
    const train = { images, labels: partly(() => false) };
    expect(() => createSampler({ ...options, train })).toThrow('No pixel of the labels counts');
  });

  it('of labels that all count has the windows of earlier versions', () => {
    const labels = partly(() => true);
    const full = drawn({ train: { images, labels } }, 4);
    const random = (step: number) => stream(1, 'windows', step);
    const expected = [0, 1, 2, 3].flatMap((step) => {
      const draws = random(step);
      return [0, 1].map(() => [draws.integer(3), draws.integer(11), draws.integer(13)].join(','));
    });
    expect(full).toEqual(expected);
  });
});

describe('the labels of a window', () => {
  const plane = { width: 3, height: 2, data: Uint8Array.of(0, 255, IGNORED, 255, 0, 255) };
  const at = (...places: readonly (readonly [number, number])[]) => ({
    x: Float32Array.from(places, ([x]) => x),
    y: Float32Array.from(places, ([, y]) => y),
  });

  it('are ignored where the nearest pixel is', () => {
    const positions = at([2, 0], [1.6, 0.4], [1.4, 0], [2, 0.6]);
    expect([...resampleLabels(plane, positions)]).toEqual([IGNORED, IGNORED, 255, 255]);
  });

  it('do not count where a pixel contributes that does not, be it a little', () => {
    const offset = { x: 0, y: 0 };
    const positions = at([0.5, 0], [1, 0], [1.001, 0], [1, 0.5], [2, 0.999], [2, 1], [1.5, 1], [0.5, 0.5]);
    expect([...interpolateLabels(plane, positions, offset)]).toEqual([0.5, 1, -1, 0.5, -1, 1, 0.5, 0.5]);
    expect([...interpolateLabels(plane, at([0, 0]), { x: 1.25, y: 0 })]).toEqual([NOT_COUNTED]);
  });

  it.each(['none', 'symmetries', 'rotation', 'tissue'])('do not count under %s where they did not', (kinds) => {
    const side = 64;
    const image = { width: 96, height: 96, data: new Float32Array(96 * 96) };
    const labels = { ...image, data: Uint8Array.from(image.data, (_, i) => (i % 96 < 40 ? IGNORED : i % 2)) };
    const cut = augmentWindow(
      { image, labels },
      { x: 16, y: 16, side },
      {
        augmentation: parseAugmentation(kinds),
        normalisation: { mean: 0, std: 1 },
        random: (kind) => stream(3, kind),
      },
    );
    expect([...new Set(cut.labels)].sort()).toEqual([-1, 0, 1]);
    expect(cut.image.every(Number.isFinite)).toBe(true);
  });
});

it('no membrane is painted over with pixels that nobody labelled', () => {
  const side = 48;
  // Membrane in the middle, between interior of grey value 1 and pixels of grey value 9 that are not labelled.
  const labels = Float32Array.from({ length: side * side }, (_, i) => {
    const x = i % side;
    return x < 22 ? 1 : x < 26 ? 0 : NOT_COUNTED;
  });
  const image = labels.map((label) => (label === 1 ? 1 : label === 0 ? -1 : 9));
  const amplitude = { probability: 1, stretches: 5, length: [10, 12] } as const;
  const painted = Array.from({ length: 20 }, (_, seed) =>
    missingMembrane({ side, image, labels }, amplitude, stream(seed)),
  );
  const values = painted.flatMap((out) => [...out].filter((_, i) => labels[i] === 0));
  expect(values.filter((value) => value > 0).length).toBeGreaterThan(100);
  expect(Math.max(...values)).toBeLessThanOrEqual(1);
});
