import { InvalidOptionError } from '@dilated-unet/core';
import { describe, expect, it } from 'vitest';
import { DEFAULT_SWEEP, requireSweep, sweepRate, type RateSweep } from '../../src/lr-finder/sweep.ts';

const sweep: RateSweep = { minRate: 1e-5, maxRate: 1e-1, steps: 41, spacing: 'exponential' };
const rates = (one: RateSweep): number[] => Array.from({ length: one.steps }, (_, step) => sweepRate(one, step));

describe('the rates of a range test', () => {
  it('rise by the same factor at each step', () => {
    const all = rates(sweep);
    expect(all[0]).toBe(1e-5);
    expect(all[20]).toBeCloseTo(1e-3, 12);
    expect(all[40]).toBeCloseTo(1e-1, 12);
    all.slice(1).forEach((rate, i) => expect(rate / (all[i] as number)).toBeCloseTo(10 ** 0.1, 10));
  });

  it('rise by the same amount at each step where they are linear', () => {
    const all = rates({ ...sweep, spacing: 'linear' });
    expect([all[0], all[40]]).toEqual([1e-5, 1e-1]);
    expect(all[10]).toBeCloseTo(1e-5 + (1e-1 - 1e-5) / 4, 15);
  });

  it('are checked', () => {
    expect(() => requireSweep(DEFAULT_SWEEP)).not.toThrow();
    expect(() => requireSweep({ ...sweep, steps: 30 })).not.toThrow();
  });

  it.each([
    [{ minRate: 0 }, 'minRate must be above 0; received 0.'],
    [{ minRate: Number.NaN }, 'minRate must be above 0; received NaN.'],
    [{ maxRate: 1e-5 }, 'maxRate must be above the first rate, 0.00001; received 0.00001.'],
    [{ maxRate: Infinity }, 'maxRate must be above the first rate, 0.00001; received Infinity.'],
    [{ steps: 29 }, 'steps must be an integer of at least 30; received 29.'],
    [{ steps: 40.5 }, 'steps must be an integer of at least 30; received 40.5.'],
    [{ spacing: 'cubic' as 'linear' }, 'spacing must be one of exponential, linear; received "cubic".'],
  ])('are refused: %o', (wrong, message) => {
    expect(() => requireSweep({ ...sweep, ...wrong })).toThrow(InvalidOptionError);
    expect(() => requireSweep({ ...sweep, ...wrong })).toThrow(message);
  });
});
