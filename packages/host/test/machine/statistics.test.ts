import { expect, test } from 'vitest';
import { mean, median, relativeSpread, rounded } from '../../src/machine/statistics.ts';

test('mean, median and quartiles', () => {
  expect(mean([1, 2, 6])).toBe(3);
  expect(median([3, 1, 2])).toBe(2);
  expect(median([1, 2, 3, 4])).toBe(2.5);
  expect(relativeSpread([1, 2, 3, 4, 5])).toBeCloseTo(2 / 3);
  expect(() => median([])).toThrow(RangeError);
  expect(rounded(0.123456)).toBe(0.1235);
});
