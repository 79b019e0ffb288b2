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

/** All measures of a prediction beside its labels: what `trainer:evaluate`, a run's summary and an experiment say. */
export async function scorePrediction(
  stacks: ComparedStacks,
  facts: PredictionFacts,
  options: ScoreOptions = {},
): Promise<Report> {
  const { rule, ...seen } = seenFromLabels(stacks, facts.labelOffset);
  const { data } = stacks.labels;
  const counted = countedValues(data, IGNORED) / data.length;
  return report(await scoreStack(seen, options), rule, { ...facts, counted });
}
