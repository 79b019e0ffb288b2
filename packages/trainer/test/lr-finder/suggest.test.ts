import { describe, expect, it } from 'vitest';
import { LossCurve, type RangePoint } from '../../src/lr-finder/loss-curve.ts';
import { suggestRates, type RateSuggestion } from '../../src/lr-finder/suggest.ts';
import { sweepRate, type RateSweep } from '../../src/lr-finder/sweep.ts';
import { stream } from '../../src/random.ts';

const sweep: RateSweep = { minRate: 1e-6, maxRate: 1, steps: 121, spacing: 'exponential' };

/** A range test whose loss is a function of the decimal logarithm of the rate, run as the real one is. */
function test(
  loss: (decade: number, step: number) => number,
  rates = sweep,
): { points: readonly RangePoint[]; swept: boolean } {
  const curve = new LossCurve();
  for (let step = 0; step < rates.steps && !curve.hasRisen; step++) {
    const rate = sweepRate(rates, step);
    curve.add(rate, loss(Math.log10(rate), step));
  }
  return { points: curve.points, swept: !curve.hasRisen };
}

function suggest(loss: (decade: number, step: number) => number, rates = sweep): RateSuggestion {
  const { points, swept } = test(loss, rates);
  return suggestRates(points, swept);
}

function bounds(suggestion: RateSuggestion): { base: number; max: number; stillFalling: boolean } {
  if (suggestion.kind === 'none') throw new Error(suggestion.why);
  const { baseRate, maxRate, stillFalling } = suggestion;
  return { base: Math.log10(baseRate), max: Math.log10(maxRate), stillFalling };
}

/** Flat at 1.2, down a ramp to 0.2 from 1e-4 to 1e-2, flat, and up from 10^-0.5 on. */
const textbook = (decade: number): number => {
  if (decade > -0.5) return 0.2 + 100 * (decade + 0.5) ** 2;
  return 1.2 - Math.min(1, Math.max(0, (decade + 4) / 2));
};

describe('LossCurve', () => {
  it('begins without bias: of equal losses the average is that loss', () => {
    const { points } = test(() => 0.75);
    for (const { smoothedLoss } of points) expect(smoothedLoss).toBeCloseTo(0.75, 12);
  });

  it('is the average with weights 0.9 to the power of the age', () => {
    const curve = new LossCurve();
    [1, 2, 4].forEach((loss) => curve.add(0.1, loss));
    expect(curve.points.at(-1)?.smoothedLoss).toBeCloseTo((0.81 * 1 + 0.9 * 2 + 4) / (0.81 + 0.9 + 1), 12);
  });

  it('does not lag: the average of a straight line lies on the line', () => {
    const { points } = test((decade) => 3 - 0.4 * decade);
    for (const point of points) expect(point.smoothedLoss).toBeCloseTo(3 - 0.4 * Math.log10(point.smoothedRate), 10);
  });

  it('has risen above four times the lowest average, not at it', () => {
    const curve = new LossCurve();
    for (let i = 0; i < 50; i++) curve.add(0.1, 1);
    curve.add(0.1, 30);
    expect(curve.hasRisen).toBe(false);
    curve.add(0.1, 5);
    expect(curve.points.at(-1)?.smoothedLoss).toBeGreaterThan(4);
    expect(curve.hasRisen).toBe(true);
  });
});

describe('suggestRates', () => {
  it('puts the base where the loss begins to fall and the maximum where that ends', () => {
    const { base, max, stillFalling } = bounds(suggest(textbook));
    // A tenth of the ramp is done at 10^-3.8, and it ends at 10^-2; the average rounds its corners.
    expect(Math.abs(base + 3.8)).toBeLessThan(0.15);
    expect(Math.abs(max + 2)).toBeLessThan(0.2);
    expect(stillFalling).toBe(false);
  });

  it.each([1, 2, 3, 4, 5, 6])('finds nearly the same under noise, seed %i', (seed) => {
    const random = stream(seed, 'noise');
    const { base, max } = bounds(suggest((decade) => textbook(decade) + 0.04 * random.normal()));
    expect(Math.abs(base + 3.8)).toBeLessThan(0.35);
    expect(Math.abs(max + 2)).toBeLessThan(0.35);
  });

  it.each([2, 0.01])('does not depend on the unit of the loss: times %d', (unit) => {
    expect(bounds(suggest((decade) => unit * textbook(decade))).max).toBeCloseTo(bounds(suggest(textbook)).max, 12);
  });

  it('moves with the curve: at rates ten times as high, bounds ten times as high', () => {
    const [here, there] = [textbook, (decade: number) => textbook(decade - 0.5)].map((loss) => bounds(suggest(loss)));
    expect((there?.base as number) - (here?.base as number)).toBeCloseTo(0.5, 1);
    expect((there?.max as number) - (here?.max as number)).toBeCloseTo(0.5, 1);
  });

  it('stops before the curve becomes ragged', () => {
    const spike = 69; // at 10^-2.55: the loss is down to 0.475, and one batch is at 1.3
    const { base, max } = bounds(suggest((decade, step) => (step === spike ? 1.3 : textbook(decade))));
    expect(Math.abs(base + 3.8)).toBeLessThan(0.15);
    expect(max).toBeLessThan(-2.55);
    expect(max).toBeGreaterThan(-3.2);
  });

  it('takes no harm from a spike once the loss is down', () => {
    const { max } = bounds(suggest((decade, step) => (step === 100 ? 1.3 : textbook(decade))));
    expect(Math.abs(max - bounds(suggest(textbook)).max)).toBeLessThan(0.15);
  });

  it('looks ahead by a share of the test: with three times the steps nearly the same bounds', () => {
    const { base, max } = bounds(suggest(textbook, { ...sweep, steps: 361 }));
    expect(Math.abs(base + 3.8)).toBeLessThan(0.1);
    expect(Math.abs(max + 2)).toBeLessThan(0.2);
  });

  it('is not drawn on by what training gains at a rate that is too high already', () => {
    // Ragged and flat from 1e-2 on, with one more dip long after.
    const random = stream(1, 'dip');
    const late = (decade: number, step: number) =>
      decade < -2 ? textbook(decade) : (step > 105 ? 0.1 : 0.2) + 0.1 * random.uniform();
    expect(bounds(suggest(late)).max).toBeLessThan(-1.5);
  });

  it('says so where the loss still falls at the last rate', () => {
    const { stillFalling, max } = bounds(suggest((decade) => 2 - decade / 10 - Math.max(0, decade + 3) / 4));
    expect(stillFalling).toBe(true);
    expect(max).toBeLessThan(0);
  });

  it('works on a linear sweep', () => {
    const linear: RateSweep = { minRate: 1e-5, maxRate: 0.1, steps: 200, spacing: 'linear' };
    const { base, max } = bounds(suggest((decade) => 1.2 - Math.min(1, 10 ** decade / 0.05), linear));
    expect(Math.abs(10 ** base - 0.005)).toBeLessThan(0.003);
    expect(Math.abs(10 ** max - 0.045)).toBeLessThan(0.003);
  });

  it.each([
    ['that does not fall', () => 1, 'The loss did not fall at any rate.'],
    ['that only rises', (decade: number) => 1 + (decade + 6) / 10, 'The loss did not fall at any rate.'],
    ['that falls by less than its noise would', (decade: number) => 1 - (decade + 6) / 150, 'The loss did not fall'],
    ['that explodes at once', (_: number, step: number) => 1 + 2 ** step, 'The loss rose from the first steps on.'],
    [
      'that jumps',
      (_: number, step: number) => (step < 10 ? 1.2 : step % 3 === 0 ? 2 : 0.1),
      'The loss jumps too much',
    ],
  ])('suggests nothing for a loss %s', (_, loss, why) => {
    const suggestion = suggest(loss);
    expect(suggestion.kind).toBe('none');
    if (suggestion.kind === 'none') expect(suggestion.why).toContain(why);
  });
});
