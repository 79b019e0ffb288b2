import { describe, expect, it } from 'vitest';
import { probabilityWithin, quantileWithin } from '../../src/report/student-t.ts';

describe('Student’s t distribution', () => {
  // Abramowitz & Stegun, table 26.10.
  it.each([
    [1, 12.706],
    [2, 4.303],
    [3, 3.182],
    [4, 2.776],
    [5, 2.571],
    [9, 2.262],
    [14, 2.145],
    [120, 1.98],
  ])('has 95 % of %i degrees of freedom within %f', (degrees, t) => {
    expect(quantileWithin(0.95, degrees)).toBeCloseTo(t, 3);
    expect(probabilityWithin(t, degrees)).toBeCloseTo(0.95, 4);
  });

  it('holds all within infinity, and nothing within 0', () => {
    for (const degrees of [1, 2, 5, 6]) {
      expect(probabilityWithin(Infinity, degrees)).toBeCloseTo(1, 12);
      expect(probabilityWithin(0, degrees)).toBe(0);
    }
  });
});
