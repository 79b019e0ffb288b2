import { isDilatedUnetError } from '@dilated-unet/core';
import { readRunLog, type TrainConfig } from '@dilated-unet/trainer';
import { join } from 'node:path';
import { runPipeline } from '../run/run-pipeline.ts';
import { servicesUnder, watchUnder, type Reporter, type Services } from '../run/services.ts';
import type { DeviceChoice } from '../command-line/device.ts';
import { aloneInRunFolder, hasCheckpoint } from '../run/run-folder.ts';
import type { DataPaths } from '../run/settings.ts';
import type { Summary } from '../run/summary.ts';
import {
  clearFailure,
  emptyFolder,
  trialFolder,
  readResult,
  readSummary,
  requireStartedConfig,
  writeFailure,
  writeResult,
} from './trial-files.ts';
import type { Trial, TrialResult } from './results.ts';
import { scoreTrial } from './score-trial.ts';

/** A trial and what it needs. */
export interface TrialRun {
  readonly trial: Trial;
  readonly config: TrainConfig;
  /** Folder of the experiment. */
  readonly out: string;
  readonly symmetries: boolean;
  readonly device: DeviceChoice;
  /** The stacks that are trained on. */
  readonly stacks: () => Promise<DataPaths>;
  /** What the user types to go on after a failure. */
  readonly command: string;
  readonly services: Services;
  readonly watch: Reporter;
}

/**
 * Brings a trial to its result: nothing is done where it is there, a run that was stopped goes on from its last
 * checkpoint, and one that is whole is only scored. While another process works in the trial's folder, of an experiment or a
 * training, this one waits.
 *
 * @throws what the run throws, after noting the failure in the trial's folder; the signal's reason once stopped.
 */
export async function runTrial(run: TrialRun): Promise<TrialResult> {
  const { trial, out, watch } = run;
  const folder = trialFolder(out, trial);
  const onWait = (pid: number, host: string): void =>
    watch.onNote(`process ${pid} on ${host} works at this trial; waiting for it`);
  return aloneInRunFolder(
    folder,
    async (_, lock) => {
      const [services, under] = [servicesUnder(lock, run.services), watchUnder(lock, watch)];
      try {
        return await bringToResult(folder, { ...run, services, watch: under });
      } catch (error) {
        under.signal?.throwIfAborted();
        // The user reads the message in any case.
        await writeFailure(folder, failureMessage(error)).catch(() => undefined);
        throw error;
      }
    },
    { onWait, watch },
  );
}

async function bringToResult(folder: string, run: TrialRun): Promise<TrialResult> {
  const done = readResult(folder, run.config);
  if (done !== undefined && !lacksSymmetries(done, run)) return done;
  await clearFailure(folder);
  const summary = readSummary(folder, run.config) ?? (await finishRun(folder, run));
  const { stacks, symmetries, services, watch } = run;
  const scored = await scoreTrial({ folder, summary, stacks, symmetries, services, watch });
  const result = { ...(await resultOf(folder, run, summary)), ...scored };
  await writeResult(folder, result);
  return result;
}

/** Whether symmetries were asked for after the trial was done. */
export function lacksSymmetries(result: TrialResult, { symmetries }: { readonly symmetries: boolean }): boolean {
  return symmetries && result.heldOut?.symmetries === null;
}

async function finishRun(folder: string, run: TrialRun): Promise<Summary> {
  const { config, device, command, services, watch } = run;
  const resume = await hasCheckpoint(folder);
  if (resume) {
    requireStartedConfig(folder, config);
    watch.onNote('going on from the last checkpoint');
  } else await emptyFolder(folder);
  return runPipeline({ config, out: folder, resume, ...device, resumeCommand: () => command }, services, watch);
}

async function resultOf(
  folder: string,
  { trial }: TrialRun,
  summary: Summary,
): Promise<Omit<TrialResult, 'heldOut' | 'files'>> {
  const { config, device, versions, parameters, epochs, steps, stepMs } = summary;
  const { training, validation, labelOffset, warnings } = summary;
  const log = await readRunLog(join(folder, 'log.csv'));
  if (validation === null) throw new Error(`${folder} was trained without validation data.`);
  return {
    trial,
    config,
    device,
    versions,
    parameters,
    epochs,
    steps,
    epochsAsked: config.epochs,
    stepMs,
    trainingSeconds: log.reduce((sum, row) => sum + row.stepMs * config.stepsPerEpoch, 0) / 1000,
    history: log.map(({ epoch, loss, softDice, rate, validation: scores }) => ({
      epoch,
      loss,
      softDice,
      rate,
      validation: scores,
    })),
    training,
    validation,
    labelOffset,
    warnings,
  };
}

/** What the user reads of a trial that failed. */
export function failureMessage(error: unknown): string {
  if (isDilatedUnetError(error)) return error.message;
  const { cause } = error as Error;
  const defect = cause instanceof Error ? cause : (error as Error);
  return `${(error as Error).message}\n${defect.stack ?? defect.message}`;
}
