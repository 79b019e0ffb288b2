import { setMaxListeners } from 'node:events';
import { availableParallelism } from 'node:os';
import {
  countedSections,
  countedValues,
  summariseSections,
  type SectionEvaluation,
  type StackEvaluation,
} from '@dilated-unet/core';
import { IGNORED } from '@dilated-unet/stacks';
import { Tinypool } from 'tinypool';
import { seenFromLabels } from './label-offset.ts';
import type { ComparedStacks } from './read-stacks.ts';
import { report, type PredictionFacts, type Report } from './report.ts';

/** Labels and probabilities in shared memory. */
export type ScoredStacks = Pick<ComparedStacks, 'labels' | 'probabilities'>;

export interface ScoreOptions {
  /** Threads at work. @default one per core, and no more than there are sections */
  readonly threads?: number;
  /** Called after each section. */
  readonly onSection?: (done: number, total: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Node runs the built thread even where this module was loaded from its source (by a test runner). */
const ENTRY = new URL(
  import.meta.url.endsWith('.ts') ? '../../dist/scoring/section-worker.js' : './section-worker.js',
  import.meta.url,
);

/**
 * The metrics of the ISBI-2012 challenge for a stack, as `evaluateStack` of core computes them, its sections in threads.
 *
 * @param stacks labels 0, 1 and `IGNORED` of stacks, probabilities 0 ... 1, of the same size, each section with some interior or
 *   `IGNORED` as a whole: such sections are passed over.
 * @throws the signal's reason once stopped.
 */
export async function scoreStack(
  { labels, probabilities }: ScoredStacks,
  { threads = availableParallelism(), onSection, signal }: ScoreOptions = {},
): Promise<StackEvaluation> {
  const places = countedSections(labels, { ignore: IGNORED });
  // Each section waits for it: more than Node takes for a leak.
  if (signal !== undefined) setMaxListeners(0, signal);
  const workers = Math.max(1, Math.min(threads, places.length));
  // Without the flags of a test runner, which would have the built thread load sources.
  const pool = new Tinypool({ filename: ENTRY.href, minThreads: workers, maxThreads: workers, execArgv: [] });
  let done = 0;
  const evaluate = async (z: number): Promise<SectionEvaluation> => {
    const one = (await pool.run({ labels, probabilities, z }, { signal: signal ?? null })) as SectionEvaluation;
    onSection?.(++done, places.length);
    return one;
  };
  try {
    return summariseSections(await Promise.all(places.map(evaluate)), places);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    await pool.destroy();
  }
}

/** A prediction beside its labels. */
export interface ScoredPrediction {
  readonly evaluation: StackEvaluation;
  /** How the values of the prediction were read, or what made it. */
  readonly rule: string;
  readonly facts: PredictionFacts;
  /** Pixels that count, and all. */
  readonly pixels: { readonly counted: number; readonly all: number };
}

/** Scores a prediction where its labels lie. */
export async function evaluatePrediction(
  stacks: ComparedStacks,
  facts: PredictionFacts,
  options: ScoreOptions = {},
): Promise<ScoredPrediction> {
  const { rule, ...seen } = seenFromLabels(stacks, facts.labelOffset);
  const { data } = stacks.labels;
  const pixels = { counted: countedValues(data, IGNORED), all: data.length };
  return { evaluation: await scoreStack(seen, options), rule, facts, pixels };
}

/** What is said of a prediction that was scored. */
export function reportOf({ evaluation, rule, facts, pixels }: ScoredPrediction): Report {
  return report(evaluation, rule, { ...facts, counted: pixels.counted / pixels.all });
}

/** All measures of a prediction beside its labels: what `trainer:evaluate`, a run's summary and an experiment say. */
export async function scorePrediction(
  stacks: ComparedStacks,
  facts: PredictionFacts,
  options: ScoreOptions = {},
): Promise<Report> {
  return reportOf(await evaluatePrediction(stacks, facts, options));
}

/**
 * What is said of the predictions of several stacks together: means over all their sections, at thresholds that are best for all
 * of them; overlaps of all their pixels.
 *
 * @param scored at least one, each with the name of its stack.
 */
export function pooledReport(scored: readonly (ScoredPrediction & { readonly name: string })[]): Report {
  const sections = scored.flatMap(({ name, evaluation }) => evaluation.sections.map((one) => ({ name, one })));
  const places = scored.flatMap(({ evaluation }) => evaluation.places);
  const total = (of: keyof ScoredPrediction['pixels']): number =>
    scored.reduce((sum, { pixels }) => sum + pixels[of], 0);
  const rules = [...new Set(scored.map(({ rule }) => rule))].join('; ');
  const together = report(
    summariseSections(
      sections.map(({ one }) => one),
      places,
    ),
    rules,
    {
      counted: total('counted') / total('all'),
    },
  );
  const perSection = together.perSection.map((one, k) => ({ stack: sections[k]?.name as string, ...one }));
  return { ...together, perSection };
}
