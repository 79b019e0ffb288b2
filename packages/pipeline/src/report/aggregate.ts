import type { ExperimentResults, Part, PartResult } from '../experiment/results.ts';

/** The parts of one network. */
export interface VariantResults {
  readonly variant: string;
  /** All parts that the experiment has of it. */
  readonly parts: readonly Part[];
  /** Those that were run. */
  readonly results: readonly PartResult[];
}

/** Mean and spread of one number over the parts of a network. */
export interface Spread {
  readonly mean: number;
  /** Sample standard deviation (n - 1); null for a single value, which has none. */
  readonly deviation: number | null;
  readonly count: number;
}

/** Networks in the order in which the experiment names them. */
export function byVariant({ parts }: ExperimentResults): readonly VariantResults[] {
  const names = [...new Set(parts.map(({ part }) => part.variant))];
  return names.map((variant) => {
    const own = parts.filter(({ part }) => part.variant === variant);
    const results = own.map(({ result }) => result).filter((result) => result !== null);
    return { variant, parts: own.map(({ part }) => part), results };
  });
}

/** @returns null where there is no value. */
export function spreadOf(values: readonly number[]): Spread | null {
  const count = values.length;
  if (count === 0) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  if (count === 1) return { mean, deviation: null, count };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / (count - 1)), count };
}

/** The spread of what `of` finds in the results; parts for which it is null are left out. */
export function spreadOver({ results }: VariantResults, of: (result: PartResult) => number | null): Spread | null {
  return spreadOf(results.map(of).filter((value) => value !== null));
}

/** Numbers of folds and seeds over which there are results. */
export function extentOf(variants: readonly VariantResults[]): { readonly folds: number; readonly seeds: number } {
  const parts = variants.flatMap(({ results }) => results.map(({ part }) => part));
  return {
    folds: new Set(parts.map(({ fold }) => fold)).size,
    seeds: new Set(parts.map(({ seed }) => seed)).size,
  };
}
