import { isDilatedUnetError } from '@dilated-unet/core';
import { readRunLog, type TrainConfig } from '@dilated-unet/trainer';
import { join } from 'node:path';
import { runLine } from '../run/line.ts';
import type { Machinery } from '../run/machinery.ts';
import type { DeviceChoice } from '../run/request.ts';
import { hasCheckpoint } from '../run/run-folder.ts';
import type { DataPaths } from '../run/settings.ts';
import type { Summary } from '../run/summary.ts';
import type { LineWatch } from '../run/watch.ts';
import { withLock } from '@dilated-unet/host';
import {
  clearFailure,
  emptyFolder,
  partFolder,
  readResult,
  readSummary,
  requireStartedConfig,
  writeFailure,
  writeResult,
} from './part-files.ts';
import type { Part, PartResult } from './results.ts';
import { scorePart } from './score-part.ts';

/** A part and what it needs. */
export interface PartRun {
  readonly part: Part;
  readonly config: TrainConfig;
  /** Folder of the experiment. */
  readonly out: string;
  readonly symmetries: boolean;
  readonly device: DeviceChoice;
  /** The stacks that are trained on. */
  readonly stacks: () => Promise<DataPaths>;
  /** What the user types to go on after a failure. */
  readonly command: string;
  readonly machinery: Machinery;
  readonly watch: LineWatch;
}

/**
 * Brings a part to its result: nothing is done where it is there, a run that was stopped goes on from its last
 * checkpoint, and one that is whole is only scored. While another process is at the part, this one waits.
 *
 * @throws what the line throws, after noting the failure in the part's folder; the signal's reason once stopped.
 */
export async function runPart(run: PartRun): Promise<PartResult> {
  const { part, out, watch } = run;
  const folder = partFolder(out, part);
  const onWait = (pid: number, host: string): void =>
    watch.onNote(`process ${pid} on ${host} is running this part; waiting for it`);
  return withLock(
    `${folder}.lock`,
    async (lock) => {
      const signal = AbortSignal.any([lock.signal, ...(watch.signal ? [watch.signal] : [])]);
      const machinery: Machinery = {
        ...run.machinery,
        // Whoever takes the part over after this process was killed ends its training first.
        train: (config, options) => run.machinery.train(config, { ...options, onSpawn: (pid) => lock.noteChild(pid) }),
      };
      try {
        return await bringToResult(folder, { ...run, machinery, watch: { ...watch, signal } });
      } catch (error) {
        if (signal.aborted) throw signal.reason as Error;
        // The user reads the message in any case.
        await writeFailure(folder, failureMessage(error)).catch(() => undefined);
        throw error;
      }
    },
    { onWait, signal: watch.signal },
  );
}

async function bringToResult(folder: string, run: PartRun): Promise<PartResult> {
  const done = readResult(folder, run.config);
  if (done !== undefined && !lacksSymmetries(done, run)) return done;
  await clearFailure(folder);
  const summary = readSummary(folder, run.config) ?? (await finishRun(folder, run));
  const { stacks, symmetries, machinery, watch } = run;
  const scored = await scorePart({ folder, summary, stacks, symmetries, machinery, watch });
  const result = { ...(await resultOf(folder, run, summary)), ...scored };
  await writeResult(folder, result);
  return result;
}

/** Whether symmetries were asked for after the part was done. */
export function lacksSymmetries(result: PartResult, { symmetries }: { readonly symmetries: boolean }): boolean {
  return symmetries && result.heldOut?.symmetries === null;
}

async function finishRun(folder: string, run: PartRun): Promise<Summary> {
  const { config, device, command, machinery, watch } = run;
  const resume = await hasCheckpoint(folder);
  if (resume) {
    requireStartedConfig(folder, config);
    watch.onNote('going on from the last checkpoint');
  } else await emptyFolder(folder);
  return runLine({ config, out: folder, resume, ...device, resumeCommand: command }, machinery, watch);
}

async function resultOf(
  folder: string,
  { part }: PartRun,
  summary: Summary,
): Promise<Omit<PartResult, 'heldOut' | 'files'>> {
  const { config, device, parameters, epochs, steps, stepMs, training, validation, labelOffset } = summary;
  const log = await readRunLog(join(folder, 'log.csv'));
  if (validation === null) throw new Error(`${folder} was trained without validation data.`);
  return {
    part,
    config,
    device,
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
  };
}

/** What the user reads of a part that failed. */
export function failureMessage(error: unknown): string {
  if (isDilatedUnetError(error)) return error.message;
  const { cause } = error as Error;
  const defect = cause instanceof Error ? cause : (error as Error);
  return `${(error as Error).message}\n${defect.stack ?? defect.message}`;
}
