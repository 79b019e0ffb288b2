import { InvalidOptionError, normalise, type GreyStack } from '@dilated-unet/core';
import { describe, expect, it } from 'vitest';
import {
  layMontage,
  montageNormalisation,
  montageShape,
  trainingMontage,
  trainingMontageOrder,
  validationMontage,
  validationMontageOrder,
} from '../../src/data/montage.ts';
import { createSampler, type OneStackOptions } from '../support/one-stack.ts';

/** Sections of 2 x 2: section z has z1 z2 above z3 z4. */
function numbered(depth: number): GreyStack<Uint8Array> {
  return {
    width: 2,
    height: 2,
    depth,
    data: Uint8Array.from({ length: 4 * depth }, (_, i) => 10 * (i >> 2) + (i % 4) + 1),
  };
}

describe('the shape of a montage', () => {
  it.each([
    [30, 6, 5],
    [4, 2, 2],
    [6, 3, 2],
    [12, 4, 3],
    [16, 4, 4],
    [22, 11, 2],
    [24, 6, 4],
    [36, 6, 6],
  ])('of %i sections is %i rows of %i', (count, rows, columns) => {
    expect(montageShape(count)).toEqual({ rows, columns });
  });

  it.each([1, 2, 3, 5, 29])('is none for %i sections', (count) => {
    expect(() => montageShape(count)).toThrow(InvalidOptionError);
    expect(() => montageShape(count)).toThrow(`sampling must not be montage`);
    expect(() => montageShape(count)).toThrow(`received ${count}`);
  });
});

describe('a montage', () => {
  it('has the sections row by row', () => {
    const montage = layMontage(numbered(6), [4, 0, 5, 1, 3, 2], { rows: 3, columns: 2 });
    expect(montage).toMatchObject({ width: 4, height: 6, depth: 1 });
    // prettier-ignore
    expect([...montage.data]).toEqual([
      41, 42,  1,  2,
      43, 44,  3,  4,
      51, 52, 11, 12,
      53, 54, 13, 14,
      31, 32, 21, 22,
      33, 34, 23, 24,
    ]);
    const wide = layMontage(numbered(6), [4, 0, 5, 1, 3, 2], { rows: 2, columns: 3 });
    expect(wide).toMatchObject({ width: 6, height: 4, depth: 1 });
    // prettier-ignore
    expect([...wide.data]).toEqual([
      41, 42,  1,  2, 51, 52,
      43, 44,  3,  4, 53, 54,
      11, 12, 31, 32, 21, 22,
      13, 14, 33, 34, 23, 24,
    ]);
  });

  const stack = { images: numbered(30), labels: { ...numbered(30), data: numbered(30).data.map((v) => v % 2) } };

  it('has every section once, in an order of the seed', () => {
    const orders = [trainingMontageOrder(30, 1), validationMontageOrder(30, 1), trainingMontageOrder(30, 2)];
    for (const order of orders) {
      expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, z) => z));
    }
    expect(new Set(orders.map(String)).size).toBe(3);
    expect(trainingMontageOrder(30, 1)).toEqual(orders[0]);
  });

  it('is 6 rows of 5 for training and 5 rows of 6 for validation, of all sections, each label with its pixel', () => {
    const [train, validation] = [trainingMontage(stack, 7), validationMontage(stack, 7)];
    expect(train.images).toMatchObject({ width: 10, height: 12, depth: 1 });
    expect(validation.images).toMatchObject({ width: 12, height: 10, depth: 1 });
    for (const { images, labels } of [train, validation]) {
      expect([...images.data].sort()).toEqual([...stack.images.data].sort());
      expect(labels).toMatchObject({ width: images.width, height: images.height, depth: 1 });
      expect([...labels.data]).toEqual([...images.data].map((v) => v % 2));
    }
    expect(train.images).toEqual(layMontage(stack.images, trainingMontageOrder(30, 7), { rows: 6, columns: 5 }));
    expect(validation.images).toEqual(layMontage(stack.images, validationMontageOrder(30, 7), { rows: 5, columns: 6 }));
  });

  it('has z-scores of mean 0 and standard deviation 1', () => {
    const montage = trainingMontage(stack, 7).images;
    const scores = normalise(montage.data, montageNormalisation(stack.images));
    const mean = scores.reduce((sum, v) => sum + v) / scores.length;
    expect(mean).toBeCloseTo(0, 6);
    expect(scores.reduce((sum, v) => sum + (v - mean) ** 2, 0) / scores.length).toBeCloseTo(1, 6);
  });
});

describe('windows of a montage', () => {
  const sections = numbered(6);
  const images = layMontage(sections, [4, 0, 5, 1, 3, 2], { rows: 3, columns: 2 });
  const options: OneStackOptions = {
    train: { images, labels: { ...images, data: images.data.map((v) => v % 2) } },
    normalisation: { mean: 0, std: 1 },
    window: 2,
    batchSize: 1,
    augmentation: {},
    seed: 3,
    endExcluded: true,
  };
  const firstPixels = (changes: Partial<OneStackOptions>): Set<number> => {
    const sampler = createSampler({ ...options, ...changes });
    return new Set(Array.from({ length: 300 }, (_, step) => sampler.batch(step).images[0] as number));
  };

  it('begin anywhere but in the last row and column where one could, seams included', () => {
    // Rows 0 ... 3 and columns 0 and 1 of the 6 x 4 pixels.
    expect([...firstPixels({})].sort((a, b) => a - b)).toEqual([41, 42, 43, 44, 51, 52, 53, 54]);
    const last = [...firstPixels({ endExcluded: false })].filter((v) => !firstPixels({}).has(v));
    expect(last.sort((a, b) => a - b)).toEqual([1, 3, 11, 13, 21, 31, 32]);
  });

  it('of a stream of their own are others', () => {
    const windows = (changes: Partial<OneStackOptions>) =>
      Array.from({ length: 20 }, (_, step) => [...createSampler({ ...options, ...changes }).batch(step).images]);
    expect(windows({ stream: 'validation windows' })).not.toEqual(windows({}));
    expect(windows({ stream: 'windows' })).toEqual(windows({}));
  });

  it('are smaller than it', () => {
    expect(() => createSampler({ ...options, window: 4 })).toThrow('window must be an integer from 1 to 3');
    expect(createSampler({ ...options, window: 3 }).batch(0).images[0]).toBe(41);
  });
});
