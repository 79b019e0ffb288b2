import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cellInstances,
  CHALLENGE_THRESHOLDS,
  connectedComponents,
  InvalidImageError,
  InvalidOptionError,
  SEEDS_OPTIONS,
  watershed,
  type CellInstances,
  type CellInstancesOptions,
  type GreyImage,
} from '../../src/index.ts';
import { probabilityMap, randomMap } from '../support/probability-maps.ts';
import { neighbourPairs } from '../support/random-masks.ts';

/** A map of tenths, a string a row. */
const map = (...rows: string[]): GreyImage<Float32Array> => ({
  width: rows[0]?.length ?? 0,
  height: rows.length,
  data: Float32Array.from(rows.join(''), (digit) => Number(digit) / 10),
});

const rowsOf = ({ width, height, labels }: CellInstances): string[] =>
  Array.from({ length: height }, (_, y) => [...labels.subarray(y * width, (y + 1) * width)].join(''));

const interior = ({ width, height, data }: GreyImage, threshold = 0.5): GreyImage<Uint8Array> => ({
  width,
  height,
  data: Uint8Array.from(data, (p) => (p > threshold ? 1 : 0)),
});

const anyOptions: fc.Arbitrary<CellInstancesOptions> = fc.record({
  threshold: fc.constantFrom(0, 0.3, 0.5, 0.9),
  seeds: fc.constantFrom(...SEEDS_OPTIONS),
  seedHeight: fc.constantFrom(0, 0.04, 0.2, 0.5, 1),
  minSize: fc.constantFrom(0, 1, 2, 3, 8),
});

describe('by default, the segments of the metrics', () => {
  it('at each threshold of the challenge but the last, above which nothing lies', () => {
    for (const seed of [1, 2, 3]) {
      const probabilities = probabilityMap(193, 160, seed);
      for (const threshold of CHALLENGE_THRESHOLDS.slice(0, -1)) {
        const { width, height, count, labels } = watershed(interior(probabilities, threshold));
        const cells = cellInstances(probabilities, { threshold });
        expect(cells).toMatchObject({ width, height, count });
        expect(cells.labels).toBeInstanceOf(Uint32Array);
        expect(cells.labels.findIndex((id, q) => id !== labels[q])).toBe(-1);
      }
      expect(cellInstances(probabilities).count).toBeGreaterThan(20);
    }
  });

  it('of any map with interior', () => {
    fc.assert(
      fc.property(randomMap, (probabilities) => {
        const mask = interior(probabilities);
        fc.pre(mask.data.includes(1));
        expect([...cellInstances(probabilities).labels]).toEqual([...watershed(mask).labels]);
      }),
      { numRuns: 500 },
    );
  });

  it('and none of a section without interior', () => {
    expect(cellInstances(map('55', '00'))).toEqual({ width: 2, height: 2, count: 0, labels: new Uint32Array(4) });
    for (const seeds of SEEDS_OPTIONS) expect(cellInstances(map('5'), { seeds, seedHeight: 0 }).count).toBe(0);
  });
});

describe('each cell', () => {
  it('is one piece, touches no other, and is at least minSize; no id is left out', () => {
    fc.assert(
      fc.property(randomMap, anyOptions, (probabilities, options) => {
        const cells = cellInstances(probabilities, options);
        const { labels, count } = cells;
        const sizes = new Map<number, number>();
        for (const id of labels) if (id !== 0) sizes.set(id, (sizes.get(id) ?? 0) + 1);
        expect([...sizes.keys()].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i + 1));
        for (const size of sizes.values()) expect(size).toBeGreaterThanOrEqual(options.minSize ?? 0);
        for (const [a, b] of neighbourPairs(probabilities)) {
          if (labels[a] !== 0 && labels[b] !== 0) expect(labels[a]).toBe(labels[b]);
        }
        // Touching none, they are as many as their pieces.
        const mask = { ...cells, data: Uint8Array.from(labels, (id) => (id === 0 ? 0 : 1)) };
        expect(connectedComponents(mask).count).toBe(count);
      }),
      { numRuns: 1000 },
    );
  });

  it('is left out where it is smaller than minSize, and the others stay', () => {
    for (const seeds of SEEDS_OPTIONS) {
      const probabilities = probabilityMap(120, 100);
      const all = cellInstances(probabilities, { seeds, seedHeight: 0.3 });
      const sizes = new Uint32Array(all.count + 1);
      for (const id of all.labels) sizes[id] = (sizes[id] as number) + 1;
      const minSize = sizes.subarray(1).toSorted()[all.count >> 1] as number;
      const kept = [...sizes.keys()].filter((id) => id > 0 && (sizes[id] as number) >= minSize);
      expect(kept.length).toBeLessThan(all.count);
      const cells = cellInstances(probabilities, { seeds, seedHeight: 0.3, minSize });
      expect(cells.count).toBe(kept.length);
      expect([...cells.labels]).toEqual(Array.from(all.labels, (id) => kept.indexOf(id) + 1));
    }
  });
});

describe('seeds by h-maxima', () => {
  const bridge = map('999799', '999799');

  it('split where a peak rises by more than the height, along the lowest line', () => {
    expect(rowsOf(cellInstances(bridge, { seedHeight: 0.19 }))).toEqual(['111022', '111022']);
    expect(rowsOf(cellInstances(bridge, { seedHeight: 0.21 }))).toEqual(['111111', '111111']);
    expect(rowsOf(cellInstances(map('9681'), { seedHeight: 0.1 }))).toEqual(['1022']);
  });

  it('are the regional maxima of the map, reconstructed from what is left below its peaks', () => {
    fc.assert(
      fc.property(randomMap, fc.constantFrom(0, 0.11, 0.26, 0.4, 0.7, 0.99), (probabilities, height) => {
        const { labels, count } = cellInstances(probabilities, { seedHeight: height });
        const seeds = seedsByDefinition(probabilities, height);
        const numbers = connectedComponents(seeds);
        expect(count).toBe(numbers.count);
        for (const [q, number] of numbers.labels.entries()) if (number !== 0) expect(labels[q]).toBe(number);
      }),
      { numRuns: 1000 },
    );
  });

  it('give the default where no peak rises so much, whichever way they are found', () => {
    for (const seed of [1, 2]) {
      const probabilities = probabilityMap(130, 150, seed);
      expect(cellInstances(probabilities, { seedHeight: 0.999 })).toEqual(cellInstances(probabilities));
      expect(cellInstances(probabilities, { seedHeight: 0.04 }).count).toBeGreaterThan(
        cellInstances(probabilities).count,
      );
    }
  });
});

describe('seeds by distance', () => {
  const hourglass = map('0000000000000', '0999900099990', '0999999999990', '0999900099990', '0000000000000');

  it('split at necks, and higher ones keep more together', () => {
    const split = cellInstances(hourglass, { seeds: 'distance', seedHeight: 0.5 });
    expect(split.count).toBe(2);
    expect(split.labels[2 * 13 + 2]).toBe(1);
    expect(split.labels[2 * 13 + 10]).toBe(2);
    expect(cellInstances(hourglass, { seeds: 'distance', seedHeight: 2 }).count).toBe(1);
    expect(cellInstances(hourglass, { seeds: 'distance' })).toEqual(
      cellInstances(hourglass, { seeds: 'distance', seedHeight: 1 }),
    );
  });

  it('take one cell where all is interior', () => {
    expect(rowsOf(cellInstances(map('99', '99'), { seeds: 'distance', seedHeight: 0 }))).toEqual(['11', '11']);
  });
});

it.each([
  [{ threshold: 1.5 }, /threshold must be from 0 to 1; received 1.5/],
  [{ threshold: NaN }, /threshold/],
  [{ seeds: 'peaks' }, /seeds must be one of h-maxima, distance; received "peaks"/],
  [{ seedHeight: 1.1 }, /seedHeight must be a probability, from 0 to 1, for seeds by h-maxima/],
  [{ seeds: 'distance', seedHeight: -1 }, /seedHeight must be pixels, 0 or more, for seeds by distance/],
  [{ seeds: 'distance', seedHeight: Infinity }, /seedHeight/],
  [{ minSize: 1.5 }, /minSize must be a whole number/],
  [{ minSize: -1 }, /minSize/],
])('refuses %o', (options, message) => {
  const run = (): unknown => cellInstances(map('99'), options as CellInstancesOptions);
  expect(run).toThrow(InvalidOptionError);
  expect(run).toThrow(message);
});

it('refuses what are no probabilities', () => {
  const of = (...data: number[]): GreyImage<Float32Array> => ({ width: 2, height: 1, data: Float32Array.from(data) });
  expect(() => cellInstances(of(0, 255))).toThrow(/probability at x 1, y 0 is 255.*divide 8-bit results by 255/);
  expect(() => cellInstances(of(0, NaN))).toThrow(InvalidImageError);
  expect(() => cellInstances(of(0))).toThrow(InvalidImageError);
});

/** Where the h-maxima are regional maxima, step by step as they are defined, within the interior. */
function seedsByDefinition(probabilities: GreyImage<Float32Array>, height: number): GreyImage<Uint8Array> {
  const mask = interior(probabilities).data;
  const top = Array.from(probabilities.data, (p) => Math.round(p * 65535));
  const pairs = neighbourPairs(probabilities)
    .flatMap(([a, b]) => [[a, b] as const, [b, a] as const])
    .filter(([a, b]) => mask[a] === 1 && mask[b] === 1);
  const cut = top.map((value) => value - Math.round(height * 65535));
  for (let changed = true; changed;) {
    changed = false;
    for (const [a, b] of pairs) {
      const dilated = Math.min(top[a] as number, Math.max(cut[a] as number, cut[b] as number));
      if (dilated === cut[a]) continue;
      cut[a] = dilated;
      changed = true;
    }
  }
  const isMaximum = Array.from(mask, (inside) => inside === 1);
  for (let changed = true; changed;) {
    changed = false;
    for (const [a, b] of pairs) {
      const [one, other] = [cut[a] as number, cut[b] as number];
      if (!isMaximum[a] || !(other > one || (other === one && !isMaximum[b]))) continue;
      isMaximum[a] = false;
      changed = true;
    }
  }
  return { ...probabilities, data: Uint8Array.from(isMaximum, Number) };
}
