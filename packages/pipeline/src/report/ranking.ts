import { mean } from '@dilated-unet/host';
import type { TrialResult } from '../experiment/results.ts';
import type { ResultMeasure } from './measures.ts';
import { differenceOf, holm, LEAST_PAIRS, type Difference } from './paired-t-test.ts';
import type { VariantResults } from './statistics.ts';

/** Probability of calling any network worse where none is. */
const LEVEL = 0.05;

/** How far a network is from the best. */
export interface Comparison extends Difference {
  /** Whether it is worse by the paired t test at 5 %, with Holm's correction over all pairs of networks. */
  readonly significant: boolean;
}

/** The networks in one measure: the one with the best mean, and how far the others are from it. */
export interface Ranking {
  readonly best: string;
  /** Of the best, over the folds and seeds that all compared networks have. */
  readonly mean: number;
  /** How many these are. */
  readonly runs: number;
  /**
   * Of the other networks minus the best, over the folds and seeds that both have; of several folds over the means of
   * each, as runs on the same block are not independent. Null where they share none.
   */
  readonly differences: ReadonlyMap<string, Comparison | null>;
}

/** A number of one run. */
interface Value {
  readonly fold: number;
  readonly seed: number;
  readonly value: number;
}

/**
 * Compares each network with the one that has the best mean, among those with enough runs, where any has enough.
 *
 * @returns null where fewer than two networks have the measure, or those with enough runs share no fold and seed.
 */
export function rank(variants: readonly VariantResults[], { better, of }: ResultMeasure): Ranking | null {
  const known = variants.flatMap(({ variant, results }) => {
    const values = valuesOf(results, of);
    return values.length === 0 ? [] : [{ variant, values }];
  });
  if (known.length < 2) return null;
  const independent = independentOf(known.flatMap(({ values }) => values));
  const counts = known.map(({ values }) => independent(values).length);
  const enough = Math.min(LEAST_PAIRS, Math.max(...counts));
  const compared = known.filter((_, k) => (counts[k] as number) >= enough);
  const shared = compared.map(({ variant, values }) => ({
    variant,
    values: values.filter((one) => compared.every((other) => valueLike(one, other.values) !== undefined)),
  }));
  const runs = (shared[0] as (typeof shared)[number]).values.length;
  if (runs === 0) return null;
  const means = shared.map(({ variant, values }) => ({ variant, mean: mean(independent(values)) }));
  const isBetter = (a: number, b: number): boolean => (better === 'higher' ? a > b : a < b);
  const best = means.reduce((a, b) => (isBetter(b.mean, a.mean) ? b : a));

  const pairs = known.flatMap((a, k) =>
    known.slice(k + 1).flatMap((b) => {
      // The best is what is taken away.
      const [one, other] = a.variant === best.variant ? [b, a] : [a, b];
      const difference = differenceOf(independent(paired(one.values, other.values)));
      return { one: one.variant, other: other.variant, difference };
    }),
  );
  const tested = pairs.filter(({ difference }) => difference !== null && difference.pValue !== null);
  const corrected = holm(tested.map(({ difference }) => difference?.pValue as number));
  const differences = pairs
    .filter(({ other }) => other === best.variant)
    .map((pair) => {
      const { one, difference } = pair;
      if (difference === null) return [one, null] as const;
      const isSure = (corrected[tested.indexOf(pair)] ?? 1) <= LEVEL;
      return [one, { ...difference, significant: isSure && isBetter(0, difference.mean) }] as const;
    });
  return { best: best.variant, mean: best.mean, runs, differences: new Map(differences) };
}

/** How much a second way of applying the same weights changes a measure, paired as above; null where no run has both. */
export function change({ results }: VariantResults, from: ResultMeasure, to: ResultMeasure): Difference | null {
  const values = paired(valuesOf(results, to.of), valuesOf(results, from.of));
  return differenceOf(independentOf(values)(values));
}

function valuesOf(results: readonly TrialResult[], of: ResultMeasure['of']): readonly Value[] {
  return results.flatMap((result) => {
    const value = of(result);
    return value === null ? [] : [{ fold: result.trial.fold, seed: result.trial.seed, value }];
  });
}

/** What of several runs is independent: the means of folds where `all` are of several folds, else each run. */
function independentOf(all: readonly Value[]): (values: readonly Value[]) => readonly number[] {
  const isOfFolds = all.some(({ fold }) => fold !== all[0]?.fold);
  return (values) => {
    if (!isOfFolds) return values.map(({ value }) => value);
    const folds = [...new Set(values.map(({ fold }) => fold))];
    return folds.map((fold) => mean(values.filter((one) => one.fold === fold).map(({ value }) => value)));
  };
}

/** The first minus the second, of the folds and seeds that both have. */
function paired(ones: readonly Value[], others: readonly Value[]): readonly Value[] {
  return ones.flatMap((one) => {
    const other = valueLike(one, others);
    return other === undefined ? [] : [{ ...one, value: one.value - other.value }];
  });
}

function valueLike({ fold, seed }: Value, values: readonly Value[]): Value | undefined {
  return values.find((other) => other.fold === fold && other.seed === seed);
}
