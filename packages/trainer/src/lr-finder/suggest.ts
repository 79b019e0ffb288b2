import { SPAN, type RangePoint } from './loss-curve.ts';

/** The fall has begun when the loss is down by this share of it. */
const BEGUN = 0.1;
/** It has slowed when less than this share of it comes in the next tenth of the test. */
const SLOWED = 0.05;
/** A fall of less than this share of the loss that it began with is none. */
const LEAST_FALL = 0.05;
/** A single loss that is above the average before it by more than this share of the fall makes the curve ragged. */
const RAGGED = 0.5;

/** Bounds of a cyclical learning rate, or why the test shows none. */
export type RateSuggestion =
  | {
      readonly kind: 'bounds';
      readonly baseRate: number;
      readonly maxRate: number;
      /** Whether the loss was at its lowest at the last rate tried: a wider test would suggest a higher maximum. */
      readonly stillFalling: boolean;
    }
  | { readonly kind: 'none'; /** A sentence for the user. */ readonly why: string };

/**
 * Chooses the bounds of a cyclical learning rate as Smith (2015, section 3.3) reads them off the plot: the base rate where
 * training begins to improve, the maximum where it slows, becomes ragged or gets worse. On the smoothed curve, from the loss
 * at the tenth step down to the lowest one:
 *
 * - the base rate is the one from which on at least a tenth of that fall is done;
 * - the maximum is the first rate after it with less than a twentieth of the fall in the next tenth of the steps, or the
 *   last rate before a step whose loss jumps by more than half the fall, if that comes first.
 *
 * Where the loss jumps so before it falls, or fewer than five steps lie between the two, there are no bounds.
 *
 * @param points of a whole test, in order. @param swept whether it tried all its rates.
 */
export function suggestRates(points: readonly RangePoint[], swept: boolean): RateSuggestion {
  const start = points[SPAN - 1];
  if (start === undefined || points.length < 2 * SPAN) {
    return none('The loss rose from the first steps on. Begin with a lower rate.');
  }
  const lowest = points.slice(SPAN - 1).reduce((low, point) => (point.smoothedLoss < low.smoothedLoss ? point : low));
  const fall = start.smoothedLoss - lowest.smoothedLoss;
  if (fall < LEAST_FALL * start.smoothedLoss) {
    return none('The loss did not fall at any rate. Try more steps or a higher last rate, or check the data.');
  }
  const descent = points.slice(0, lowest.step);
  const before = descent.findLastIndex(({ smoothedLoss }) => smoothedLoss > start.smoothedLoss - BEGUN * fall);
  const base = points[before + 1] as RangePoint;
  const ahead = Math.max(SPAN, Math.ceil(points.length / 10));
  const slowed =
    descent.slice(before + 1).find(({ step, smoothedLoss }) => {
      const next = points.slice(step, step + ahead).map((point) => point.smoothedLoss);
      return next.length === ahead && smoothedLoss - Math.min(...next) < SLOWED * fall;
    }) ?? lowest;
  const jump = points.find(
    ({ step, loss }) => step > SPAN && loss - (points[step - 2] as RangePoint).smoothedLoss > RAGGED * fall,
  );
  const ragged = jump !== undefined && jump.step <= slowed.step;
  const maximum = ragged ? (points[jump.step - 2] as RangePoint) : slowed;
  if (maximum.step - base.step < SPAN / 2) {
    return none('The loss jumps too much to tell where it falls. Try larger batches, larger windows or more steps.');
  }
  return {
    kind: 'bounds',
    baseRate: base.smoothedRate,
    maxRate: maximum.smoothedRate,
    stillFalling: swept && !ragged && lowest === points.at(-1),
  };
}

function none(why: string): RateSuggestion {
  return { kind: 'none', why };
}
