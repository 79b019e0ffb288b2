import { mean } from '@dilated-unet/host';
import type { ExperimentResults, Trial, TrialResult } from '../experiment/results.ts';

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
