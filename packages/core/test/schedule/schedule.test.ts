import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cyclical,
  expRange,
  InvalidOptionError,
  schedule,
  SCHEDULE_POLICIES,
  triangular,
  triangular2,
  type CycleOptions,
  type SchedulePolicy,
} from '../../src/index.ts';

const options: CycleOptions = { baseRate: 1, maxRate: 5, stepSize: 4 };
const first = (count: number, rate: (iteration: number) => number) => Array.from({ length: count }, (_, i) => rate(i));

const cycles: fc.Arbitrary<CycleOptions> = fc
  .record({
    baseRate: fc.double({ min: 0, max: 1, noNaN: true }),
    height: fc.double({ min: 0, max: 1, noNaN: true }),
    stepSize: fc.integer({ min: 1, max: 3000 }),
  })
  .map(({ baseRate, height, stepSize }) => ({ baseRate, maxRate: baseRate + height, stepSize }));
const iterations = fc.nat(100_000);

describe('by hand: base 1, maximum 5, half a cycle of 4 steps', () => {
  it('triangular climbs to the maximum in each cycle', () => {
    expect(first(18, triangular(options))).toEqual([1, 2, 3, 4, 5, 4, 3, 2, 1, 2, 3, 4, 5, 4, 3, 2, 1, 2]);
  });

  it('triangular2 halves the height with each cycle', () => {
    expect(first(22, triangular2(options))).toEqual([
      ...[1, 2, 3, 4, 5, 4, 3, 2],
      ...[1, 1.5, 2, 2.5, 3, 2.5, 2, 1.5],
      ...[1, 1.25, 1.5, 1.75, 2, 1.75],
    ]);
  });

  it('exp-range shrinks the height with each iteration', () => {
    const rate = expRange({ ...options, gamma: 0.5 });
    expect(first(9, rate)).toEqual([1, 1.5, 1.5, 1.375, 1.25, 1.09375, 1.03125, 1.0078125, 1]);
  });

  it('a scale of the caller gets the cycle from 1, or the iteration from 0', () => {
    expect(first(9, cyclical({ ...options, scaleBy: 'cycle', scale: (cycle) => cycle }))[8]).toBe(1);
    expect(cyclical({ ...options, scaleBy: 'cycle', scale: (cycle) => cycle })(12)).toBe(1 + 4 * 2);
    expect(cyclical({ ...options, scaleBy: 'iteration', scale: (iteration) => iteration })(12)).toBe(1 + 4 * 12);
    expect(cyclical({ ...options, scaleBy: 'iteration', scale: (iteration) => iteration })(0)).toBe(1);
  });

  it("the original's rates: from 1e-5 to 5e-4 in 2000 steps", () => {
    const rate = triangular({ baseRate: 1e-5, maxRate: 5e-4, stepSize: 2000 });
    expect(rate(0)).toBe(1e-5);
    expect(rate(500)).toBeCloseTo(1.325e-4, 12);
    expect(rate(2000)).toBeCloseTo(5e-4, 12);
    expect(rate(3999)).toBeCloseTo(1.0245e-5, 12);
    expect(rate(4000)).toBe(1e-5);
  });
});

describe('for all cycles', () => {
  it('every policy stays between base and maximum, and begins each cycle at the base', () => {
    fc.assert(
      fc.property(cycles, iterations, fc.constantFrom(...SCHEDULE_POLICIES), (cycle, iteration, policy) => {
        const rate = schedule({ policy, gamma: 0.999, ...cycle });
        expect(rate(iteration)).toBeGreaterThanOrEqual(cycle.baseRate);
        expect(rate(iteration)).toBeLessThanOrEqual(cycle.maxRate * (1 + 1e-12));
        expect(rate((iteration % 50) * 2 * cycle.stepSize)).toBe(cycle.baseRate);
      }),
    );
  });

  it('triangular repeats itself, and is its own mirror image within a cycle', () => {
    fc.assert(
      fc.property(cycles, iterations, (cycle, iteration) => {
        const rate = triangular(cycle);
        const period = 2 * cycle.stepSize;
        expect(rate(iteration + period)).toBeCloseTo(rate(iteration), 9);
        expect(rate(period - (iteration % period))).toBeCloseTo(rate(iteration), 9);
      }),
    );
  });

  it('triangular2 and exp-range are triangular with a smaller height', () => {
    fc.assert(
      fc.property(cycles, iterations, (cycle, iteration) => {
        const height = triangular(cycle)(iteration) - cycle.baseRate;
        const number = Math.floor(iteration / (2 * cycle.stepSize));
        expect(triangular2(cycle)(iteration) - cycle.baseRate).toBeCloseTo(height / 2 ** number, 9);
        const decayed = height * 0.9999 ** iteration;
        expect(expRange({ ...cycle, gamma: 0.9999 })(iteration) - cycle.baseRate).toBeCloseTo(decayed, 9);
        expect(expRange({ ...cycle, gamma: 1 })(iteration)).toBe(triangular(cycle)(iteration));
      }),
    );
  });

  it('schedule() gives the policy that it names', () => {
    const named = (policy: SchedulePolicy) => schedule({ policy, gamma: 0.5, ...options })(9);
    expect([named('triangular'), named('triangular2'), named('exp-range')]).toEqual([2, 1.5, 1 + 0.5 ** 9]);
  });
});

describe('rejects', () => {
  const scale = () => 1;
  it.each([
    [() => triangular({ ...options, baseRate: -1 }), 'baseRate'],
    [() => triangular({ ...options, baseRate: NaN }), 'baseRate'],
    [() => triangular2({ ...options, maxRate: 0.5 }), 'maxRate'],
    [() => triangular2({ ...options, maxRate: Infinity }), 'maxRate'],
    [() => triangular({ ...options, stepSize: 0 }), 'stepSize'],
    [() => triangular({ ...options, stepSize: 1.5 }), 'stepSize'],
    [() => expRange({ ...options, gamma: 0 }), 'gamma'],
    [() => expRange({ ...options, gamma: 1.1 }), 'gamma'],
    [() => expRange({ ...options, gamma: NaN }), 'gamma'],
    [() => cyclical({ ...options, scale, scaleBy: 'epoch' as 'cycle' }), 'scaleBy'],
    [() => cyclical({ ...options, scale: () => NaN, scaleBy: 'cycle' })(0), 'scale'],
    [() => triangular(options)(-1), 'iteration'],
    [() => triangular(options)(0.5), 'iteration'],
    [() => schedule({ ...options, gamma: 1, policy: 'cosine' as 'triangular' }), 'policy'],
    [() => schedule({ ...options, gamma: 1, policy: 'toString' as 'triangular' }), 'policy'],
  ])('%s', (run, option) => {
    expect(run).toThrow(InvalidOptionError);
    expect(run).toThrow(expect.objectContaining({ option }));
  });
});
