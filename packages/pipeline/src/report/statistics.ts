import { mean } from '@dilated-unet/host';
import { stream } from '@dilated-unet/trainer';
import type { ExperimentResults, Trial, TrialResult } from '../experiment/results.ts';
import type { ResultMeasure } from './measures.ts';

/** The trials of one network. */
export interface VariantResults {
  readonly variant: string;
  /** All trials that the experiment has of it. */
  readonly trials: readonly Trial[];
  /** Those that were run. */
  readonly results: readonly TrialResult[];
}

/** Mean and spread of one number over the runs of a network. */
export interface Spread {
  readonly mean: number;
  /** Sample standard deviation (n - 1); null for a single value, which has none. */
  readonly deviation: number | null;
  readonly count: number;
}

/** Networks in the order in which the experiment names them. */
export function byVariant({ trials }: ExperimentResults): readonly VariantResults[] {
  const names = [...new Set(trials.map(({ trial }) => trial.variant))];
  return names.map((variant) => {
    const own = trials.filter(({ trial }) => trial.variant === variant);
    const results = own.map(({ result }) => result).filter((result) => result !== null);
    return { variant, trials: own.map(({ trial }) => trial), results };
  });
}

/** @returns null where there is no value. */
export function spreadOf(values: readonly number[]): Spread | null {
  const count = values.length;
  if (count === 0) return null;
  const middle = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  return { mean: middle, deviation: count === 1 ? null : Math.sqrt(squares / (count - 1)), count };
}

/** The spread of what `of` finds in the results; trials for which it is null are left out. */
export function spreadOver({ results }: VariantResults, of: (result: TrialResult) => number | null): Spread | null {
  return spreadOf(results.map(of).filter((value) => value !== null));
}

/**
 * Paired runs that it takes to call a difference significant. With fewer, all of them differ in the same direction by
 * chance in more than 5 % of cases (2 / 2^n), and then the bootstrap interval excludes 0.
 */
export const LEAST_RUNS = 6;

/** Mean of paired differences. */
export interface Difference {
  readonly mean: number;
  /** Its 95 % interval by bootstrap; null for a single pair. */
  readonly interval: readonly [number, number] | null;
  /** Pairs. */
  readonly runs: number;
  /** Whether the interval excludes 0, over at least `LEAST_RUNS` pairs. */
  readonly significant: boolean;
}

const DRAWS = 10_000;

/**
 * The mean of paired differences with its percentile interval over 10,000 bootstrap samples of the pairs (Efron &
 * Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13). The draws are the same in every call.
 *
 * @returns null where there is no pair.
 */
export function differenceOf(differences: readonly number[]): Difference | null {
  const runs = differences.length;
  if (runs === 0) return null;
  const found = mean(differences);
  if (runs === 1) return { mean: found, interval: null, runs, significant: false };
  const draw = stream(1, 'bootstrap');
  const means = Float64Array.from({ length: DRAWS }, () => {
    let sum = 0;
    for (let i = 0; i < runs; i++) sum += differences[Math.floor(draw.uniform() * runs)] as number;
    return sum / runs;
  }).sort();
  const interval = [means[Math.floor(0.025 * DRAWS)] as number, means[Math.ceil(0.975 * DRAWS) - 1] as number] as const;
  return { mean: found, interval, runs, significant: runs >= LEAST_RUNS && (interval[0] > 0 || interval[1] < 0) };
}

/** The networks in one measure: the one with the best mean, and how far the others are from it. */
export interface Ranking {
  readonly best: string;
  /** Of the other networks minus the best, over the folds and seeds that both have; null where they share none. */
  readonly differences: ReadonlyMap<string, Difference | null>;
}

/**
 * Compares each network with the one that has the best mean, among those with enough runs, where any has enough.
 *
 * @returns null where fewer than two networks have the measure.
 */
export function rank(variants: readonly VariantResults[], { better, of }: ResultMeasure): Ranking | null {
  const known = variants.flatMap((one) => {
    const spread = spreadOver(one, of);
    return spread === null ? [] : [{ one, ...spread }];
  });
  if (known.length < 2) return null;
  const enough = Math.min(LEAST_RUNS, Math.max(...known.map(({ count }) => count)));
  const [first, ...others] = known.filter(({ count }) => count >= enough);
  const best = others.reduce(
    (a, b) => ((better === 'higher' ? b.mean > a.mean : b.mean < a.mean) ? b : a),
    first as (typeof known)[number],
  );
  const differences = known
    .filter(({ one }) => one !== best.one)
    .map(({ one }) => [one.variant, differenceOf(pairs(one, best.one, of))] as const);
  return { best: best.one.variant, differences: new Map(differences) };
}

function pairs(a: VariantResults, b: VariantResults, of: ResultMeasure['of']): readonly number[] {
  return a.results.flatMap((one) => {
    const other = b.results.find(({ trial }) => trial.fold === one.trial.fold && trial.seed === one.trial.seed);
    const [x, y] = [of(one), other === undefined ? null : of(other)];
    return x === null || y === null ? [] : [x - y];
  });
}

/** How much a second way of applying the same weights changes a measure, run by run; null where no run has both. */
export function change({ results }: VariantResults, from: ResultMeasure, to: ResultMeasure): Difference | null {
  return differenceOf(
    results.flatMap((result) => {
      const [before, after] = [from.of(result), to.of(result)];
      return before === null || after === null ? [] : [after - before];
    }),
  );
}
