import type { PartResult } from '../experiment/results.ts';
import { spreadOf, spreadOver, type VariantResults } from './aggregate.ts';
import type { Measure } from './measures.ts';

/** With fewer parts in common the spread itself is hardly known. */
export const LEAST_PARTS = 3;

/** Two networks in one measure, over the folds and seeds for which both have results. */
export interface Comparison {
  readonly better: string;
  readonly worse: string;
  /** Of the means, not negative. */
  readonly difference: number;
  /** Parts in common. */
  readonly parts: number;
  /** Whether the difference exceeds the spread of the ranking, over at least `LEAST_PARTS` parts. */
  readonly apart: boolean;
}

/** The networks of one measure, from the best mean downwards. Those with too few parts are in neither list. */
export interface Ranking {
  readonly measure: Measure;
  /** The largest of the networks' standard deviations over their parts; null where none has two parts. */
  readonly spread: number | null;
  /** The best mean, and those that are not told apart from it. */
  readonly top: readonly string[];
  /** Those that are told apart from the best, with the comparison. */
  readonly below: readonly Comparison[];
  /** The two that differ most. */
  readonly largest: Comparison;
}

/**
 * Ranks the networks that have enough parts; all of them where fewer than two have.
 *
 * @returns null where fewer than two networks have the measure for the same fold and seed.
 */
export function rank(variants: readonly VariantResults[], measure: Measure): Ranking | null {
  const sign = measure.better === 'higher' ? -1 : 1;
  const all = variants.flatMap((one) => {
    const spread = spreadOver(one, measure.of);
    return spread === null ? [] : [{ one, ...spread }];
  });
  const judged = all.filter(({ count }) => count >= LEAST_PARTS);
  const known = judged.length < 2 ? all : judged;
  const deviations = known.map(({ deviation }) => deviation).filter((deviation) => deviation !== null);
  const spread = deviations.length === 0 ? null : Math.max(...deviations);
  const ranked = known.sort((a, b) => sign * (a.mean - b.mean)).map(({ one }) => one);
  const comparisons = ranked
    .flatMap((a, i) => ranked.slice(i + 1).map((b) => compare(a, b, measure, spread)))
    .filter((pair) => pair !== null)
    .sort((a, b) => b.difference - a.difference);
  const [best, largest] = [ranked[0], comparisons[0]];
  if (best === undefined || largest === undefined) return null;
  const below = comparisons.filter(({ better, apart }) => apart && better === best.variant);
  const top = ranked.map(({ variant }) => variant).filter((name) => !below.some(({ worse }) => worse === name));
  return { measure, spread, top, below, largest };
}

/** @returns null where no fold and seed has the measure for both. */
function compare(a: VariantResults, b: VariantResults, measure: Measure, spread: number | null): Comparison | null {
  const pairs = a.results.flatMap((one) => {
    const other = b.results.find((candidate) => samePart(candidate, one));
    const [x, y] = [measure.of(one), other === undefined ? null : measure.of(other)];
    return x === null || y === null ? [] : [[x, y] as const];
  });
  const [first, second] = [spreadOf(pairs.map(([x]) => x)), spreadOf(pairs.map(([, y]) => y))];
  if (first === null || second === null) return null;
  const gain = (first.mean - second.mean) * (measure.better === 'higher' ? 1 : -1);
  const [better, worse] = gain >= 0 ? [a, b] : [b, a];
  const difference = Math.abs(gain);
  const apart = spread !== null && pairs.length >= LEAST_PARTS && difference > spread;
  return { better: better.variant, worse: worse.variant, difference, parts: pairs.length, apart };
}

function samePart({ part }: PartResult, other: PartResult): boolean {
  return part.fold === other.part.fold && part.seed === other.part.seed;
}

/** How much a second way of applying the same weights changes a measure: paired, part by part. */
export function change(
  { results }: VariantResults,
  from: Measure,
  to: Measure,
): { readonly mean: number; readonly deviation: number | null; readonly count: number } | null {
  const differences = results.flatMap((result) => {
    const [before, after] = [from.of(result), to.of(result)];
    return before === null || after === null ? [] : [after - before];
  });
  return spreadOf(differences);
}
