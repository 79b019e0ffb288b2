import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DilatedUnetError } from '@dilated-unet/core';
import { configDifferences, parseStoredConfig, type TrainConfig } from '@dilated-unet/trainer';
import { isOfRunLock } from '../run/run-folder.ts';
import { SUMMARY, type Summary } from '../run/summary.ts';
import { readJsonFile, writeJsonFile } from '@dilated-unet/host';
import { differenceText } from './configuration.ts';
import { trialName } from './plan.ts';
import type { Trial, TrialResult } from './results.ts';

const RESULT = 'result.json';
const FAILURE = 'failure.json';

/** Folder of a trial of the experiment in `out`. */
export function trialFolder(out: string, trial: Trial): string {
  return join(out, 'trials', trialName(trial));
}

/**
 * What a trial found; undefined while it is not done.
 *
 * @throws DilatedUnetError when the result is of another configuration, saying what differs.
 */
export function readResult(folder: string, config: TrainConfig): TrialResult | undefined {
  const path = join(folder, RESULT);
  const fields = ['trial', 'config', 'history', 'heldOut', 'files'] as const satisfies readonly (keyof TrialResult)[];
  const result = readJsonFile<TrialResult>(path, fields);
  if (result !== undefined) requireConfig(path, result.config, config);
  return result;
}

export async function writeResult(folder: string, result: TrialResult): Promise<void> {
  await writeJsonFile(join(folder, RESULT), result);
}

/** The summary of a run that is whole but was not scored; undefined where there is none. @throws DilatedUnetError as `readResult`. */
export function readSummary(folder: string, config: TrainConfig): Summary | undefined {
  const path = join(folder, SUMMARY);
  const summary = readJsonFile<Summary>(path, ['config', 'files']);
  if (summary !== undefined) requireConfig(path, summary.config, config);
  return summary;
}

/** Why the trial failed when it was last run; undefined where it did not. */
export function readFailure(folder: string): string | undefined {
  return readJsonFile<{ message: string }>(join(folder, FAILURE), ['message'])?.message;
}

export async function writeFailure(folder: string, message: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeJsonFile(join(folder, FAILURE), { message });
}

export async function clearFailure(folder: string): Promise<void> {
  await rm(join(folder, FAILURE), { force: true });
}

/** Removes what a run left that had no checkpoint yet, but the lock of who empties the folder. */
export async function emptyFolder(folder: string): Promise<void> {
  const left = (await readdir(folder).catch(() => [])).filter((name) => !isOfRunLock(name));
  for (const name of left) await rm(join(folder, name), { recursive: true, force: true });
}

/** @throws DilatedUnetError when the configuration that a run was started with is not that of its trial. */
export function requireStartedConfig(folder: string, config: TrainConfig): void {
  const path = join(folder, 'config.json');
  const started = readJsonFile<TrainConfig>(path, ['network', 'data']);
  if (started !== undefined) requireConfig(path, started, config);
}

function requireConfig(path: string, there: unknown, here: TrainConfig): void {
  const different = configDifferences(parseStoredConfig(there, path), here);
  if (different.length === 0) return;
  throw new DilatedUnetError(
    `${path} is of another configuration: ${different.map(differenceText).join('; ')}. Remove the folder, or start the ` +
      'experiment in a new folder.',
  );
}
