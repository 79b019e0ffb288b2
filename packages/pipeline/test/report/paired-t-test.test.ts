import { describe, expect, it } from 'vitest';
import { differenceOf, holm } from '../../src/report/paired-t-test.ts';

describe('differenceOf', () => {
  it('has the interval of the mean: t times the standard error', () => {
    // Deviations -0.03, -0.01, 0.04: standard error sqrt(0.0026 / 2 / 3), t 4.303 with two degrees of freedom.
    const found = differenceOf([0.9, 0.92, 0.97]);
    expect(found).toMatchObject({ count: 3 });
    expect(found?.mean).toBeCloseTo(0.93, 12);
    expect(found?.interval?.[0]).toBeCloseTo(0.93 - 4.303 * Math.sqrt(0.0026 / 6), 4);
    expect(found?.interval?.[1]).toBeCloseTo(0.93 + 4.303 * Math.sqrt(0.0026 / 6), 4);
  });

  it('has the p-value of the paired test', () => {
    // Two degrees of freedom: p = 1 - t / sqrt(2 + t²), here of t = 2 / (1 / sqrt(3)).
    expect(differenceOf([1, 2, 3])?.pValue).toBeCloseTo(1 - Math.sqrt(12 / 14), 12);
    expect(differenceOf([0.1, 0.1, 0.1])?.pValue).toBeCloseTo(0, 12);
    expect(differenceOf([0, 0, 0])).toEqual({ mean: 0, interval: [0, 0], count: 3, pValue: 1 });
  });

  it('tests nothing with fewer than three pairs, has no interval of one, and is nothing of none', () => {
    expect(differenceOf([0.1, 0.2])?.pValue).toBeNull();
    expect(differenceOf([0.1])).toEqual({ mean: 0.1, interval: null, count: 1, pValue: null });
    expect(differenceOf([])).toBeNull();
  });
});

it('holm takes the smallest p-value times the number of tests, the next times one less, none below the one before', () => {
  const corrected = holm([0.04, 0.01, 0.03, 0.5]);
  [0.09, 0.04, 0.09, 0.5].forEach((value, k) => expect(corrected[k]).toBeCloseTo(value, 12));
  expect(holm([0.9, 0.8])).toEqual([1, 1]);
  expect(holm([])).toEqual([]);
});
