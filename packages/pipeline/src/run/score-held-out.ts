import { join } from 'node:path';
import { InvalidImageError, type Offset } from '@dilated-unet/core';
import { IGNORED } from '@dilated-unet/stacks';
import { readStack } from '@dilated-unet/stacks/node';
import { readStacks } from '../scoring/read-stacks.ts';
import type { Report } from '../scoring/report.ts';
import { evaluatePrediction, pooledReport, reportOf, type ScoredPrediction } from '../scoring/score-stack.ts';
import type { Reporter } from './services.ts';

/** Held-out sections and their probabilities. */
export interface HeldOutPrediction {
  /** Paths of multi-page TIFFs. */
  readonly labels: string;
  readonly prediction: string;
  /** Where labels lie beside the images. */
  readonly labelOffset: Offset | null;
}

/**
 * The scores of a run on its held-out sections, as `trainer:evaluate` prints them for the same files.
 *
 * @throws InvalidImageError where a section has no cell interior, so that nothing can be compared.
 */
export async function scoreHeldOut(held: HeldOutPrediction, watch: Reporter): Promise<Report> {
  return reportOf(await evaluateHeldOut(held, watch, 'scoring the held-out sections'));
}

/** Held-out sections of a stack of a run, segmented into their folder. */
export interface HeldOutStack extends Omit<HeldOutPrediction, 'prediction'> {
  /** Null where the run has one stack. */
  readonly name: string | null;
  readonly folder: string;
}

/** The scores of the stacks of a run. */
export interface StackScores {
  /** Of the held-out sections, of several stacks together; null when none was held out, or they cannot be scored. */
  readonly heldOut: Report | null;
  /** The same of each of several stacks that has them, by its name. */
  readonly perStack: readonly (readonly [name: string, heldOut: Report])[];
}

/** The scores of each stack, and of all together. Stacks that cannot be scored are named and left out. */
export async function scoreStacks(stacks: readonly HeldOutStack[], watch: Reporter): Promise<StackScores> {
  const scored: (ScoredPrediction & { readonly name: string })[] = [];
  for (const { name, folder, labels, labelOffset } of stacks) {
    const what = name === null ? 'the held-out sections' : `the held-out sections of ${name}`;
    const held = { labels, prediction: join(folder, 'probabilities.tif'), labelOffset };
    try {
      const one = await evaluateHeldOut(held, watch, `scoring ${what}`);
      if (name === null) return { heldOut: reportOf(one), perStack: [] };
      scored.push({ ...one, name });
    } catch (error) {
      // The run is whole all the same.
      if (!(error instanceof InvalidImageError)) throw error;
      watch.onNote(`${what[0]?.toUpperCase()}${what.slice(1)} have no scores. ${error.message}`);
    }
  }
  return {
    heldOut: scored.length === 0 ? null : pooledReport(scored),
    perStack: scored.map((one) => [one.name, reportOf(one)]),
  };
}

async function evaluateHeldOut(
  { labels, prediction, labelOffset }: HeldOutPrediction,
  { onProgress, signal }: Reporter,
  phase: string,
): Promise<ScoredPrediction> {
  const isPartial = (await readStack(labels)).data.includes(IGNORED);
  return evaluatePrediction(
    await readStacks({ labels, prediction }, isPartial ? { ignore: IGNORED } : {}),
    { labelOffset },
    { signal, onSection: (done, total) => onProgress({ phase, done, total }) },
  );
}
