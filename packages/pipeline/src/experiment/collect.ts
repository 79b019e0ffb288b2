import { join, relative } from 'node:path';
import { DilatedUnetError, isDilatedUnetError } from '@dilated-unet/core';
import type { DataPaths } from '../run/settings.ts';
import type { Reporter } from '../run/services.ts';
import { type OnProgress, withLock } from '@dilated-unet/host';
import { experimentStacks, ignoredBy } from './data.ts';
import type { Experiment } from './definition.ts';
import { trialFolder, readFailure, readResult } from './trial-files.ts';
import type { ExperimentResults, TrialOutcome, TrialResult } from './results.ts';

/** The paths of a report that was written. */
export interface WrittenReport {
  readonly markdown: string;
  readonly html: string;
}

/** Draws the report of an experiment into a folder. */
export type WriteReport = (
  results: ExperimentResults,
  out: string,
  options: { readonly onProgress: OnProgress; readonly signal?: AbortSignal },
) => Promise<WrittenReport>;

/** How far the trials of the experiment in `out` are. */
export function trialOutcomes(experiment: Experiment, out: string): readonly TrialOutcome[] {
  return experiment.trials.map(({ trial, config }) => {
    const folder = trialFolder(out, trial);
    try {
      const result = readResult(folder, config) ?? null;
      const failure = result === null ? readFailure(folder) : undefined;
      return { trial, folder, result, ...(failure !== undefined && { failure }) };
    } catch (error) {
      if (!isDilatedUnetError(error)) throw error;
      return { trial, folder, result: null, failure: error.message };
    }
  });
}

/**
 * Writes the report of what is in `out`. Processes that do so at the same time wait for each other.
 *
 * @throws DilatedUnetError when no trial has a result, or the stacks are gone.
 */
export async function collect(
  experiment: Experiment,
  out: string,
  writeReport: WriteReport,
  watch: Reporter,
): Promise<{ report: WrittenReport; outcomes: readonly TrialOutcome[] }> {
  const first = experiment.trials[0];
  const onWait = (pid: number, host: string): void =>
    watch.onNote(`process ${pid} on ${host} writes the report; waiting`);
  return withLock(
    join(out, 'report.lock'),
    async () => {
      const outcomes = trialOutcomes(experiment, out);
      if (first === undefined || outcomes.every(({ result }) => result === null)) {
        throw new DilatedUnetError(
          `No trial of the experiment in ${out} has a result yet, so there is nothing to report. Run its trials first, without \`collect\`.`,
        );
      }
      const stacks = await experimentStacks(first.config.data, out, watch);
      const { onProgress, signal } = watch;
      onProgress({ phase: 'writing the report' });
      const { protocol, data, command } = experiment;
      const ignored = ignoredBy(first.config);
      const results: ExperimentResults = {
        protocol,
        data: data.description,
        command,
        trials: outcomes.map((outcome) => withTestStack(outcome, stacks)),
        trainingImages: stacks.images,
        ...(stacks.select && { select: stacks.select }),
        trainingLabels: stacks.labels,
        labelKind: first.config.labelKind,
        boundaryWidth: first.config.boundaryWidth,
        ...(ignored && { ignored }),
      };
      return { report: await writeReport(results, out, { onProgress, ...(signal && { signal }) }), outcomes };
    },
    { onWait, signal: watch.signal },
  );
}

/** The outcome with the test stack where it lies now: trials may come from another machine. */
function withTestStack({ result, ...outcome }: TrialOutcome, { test }: DataPaths): TrialOutcome {
  const testProbabilities = result?.files.testProbabilities ?? null;
  if (result === null || testProbabilities === null) return { ...outcome, result };
  const files: TrialResult['files'] = {
    ...result.files,
    testImages: test === undefined ? null : relative(outcome.folder, test),
    testProbabilities: test === undefined ? null : testProbabilities,
  };
  return { ...outcome, result: { ...result, files } };
}
