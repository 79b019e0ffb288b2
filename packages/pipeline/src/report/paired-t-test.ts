import { mean } from '@dilated-unet/host';
import { probabilityWithin, quantileWithin } from './student-t.ts';

/** Pairs that it takes to test a difference: of two, the interval reaches 12.7 standard errors to either side. */
export const LEAST_PAIRS = 3;

/** Mean of paired differences. */
export interface Difference {
  readonly mean: number;
  /** Its 95 % interval; null for a single pair. */
  readonly interval: readonly [number, number] | null;
  /** Pairs. */
  readonly count: number;
  /** Of the two-sided test that the mean is 0; null with fewer than `LEAST_PAIRS` pairs. */
  readonly pValue: number | null;
}

/**
 * The mean of independent paired differences with the interval and the test of Student (The probable error of a mean,
 * Biometrika 6, 1908).
 *
 * @returns null where there is no pair.
 */
export function differenceOf(differences: readonly number[]): Difference | null {
  const count = differences.length;
  if (count === 0) return null;
  const found = mean(differences);
  if (count === 1) return { mean: found, interval: null, count, pValue: null };
  const squares = differences.reduce((sum, difference) => sum + (difference - found) ** 2, 0);
  const error = Math.sqrt(squares / (count - 1) / count);
  const reach = quantileWithin(0.95, count - 1) * error;
  // Not 0 / 0 where nothing differs.
  const t = found === 0 ? 0 : Math.abs(found) / error;
  const pValue = count < LEAST_PAIRS ? null : 1 - probabilityWithin(t, count - 1);
  return { mean: found, interval: [found - reach, found + reach], count, pValue };
}

/**
 * p-values of several tests, each corrected for the others so that the probability of any false finding is kept (Holm, A
 * simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6, 1979).
 *
 * @returns in the order of `pValues`.
 */
export function holm(pValues: readonly number[]): readonly number[] {
  const corrected: number[] = [];
  let largest = 0;
  for (const [k, [place, p]] of [...pValues.entries()].sort(([, a], [, b]) => a - b).entries()) {
    largest = Math.max(largest, Math.min(1, (pValues.length - k) * p));
    corrected[place] = largest;
  }
  return corrected;
}
