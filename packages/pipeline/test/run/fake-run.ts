import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseTrainConfig, type TrainConfigInput } from '@dilated-unet/trainer';
import { afterEach, beforeEach } from 'vitest';
import { runPipeline, type RunRequest } from '../../src/run/run-pipeline.ts';
import type { Services } from '../../src/run/services.ts';
import type { Summary } from '../../src/run/summary.ts';
import { fakeServices } from './fake-services.ts';

/** The folder of a test, in which runs have theirs. */
export let folder: string;
/** Where `request` has its run. */
export let out: string;
/** What the runs of a test told. */
export let notes: string[];
export let phases: string[];
export let details: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'line-'));
  out = join(folder, 'runs', 'one');
  [notes, phases, details] = [[], [], []];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

export function request(changes: Partial<RunRequest> = {}, config: Partial<TrainConfigInput> = {}): RunRequest {
  const whole = parseTrainConfig({
    network: { name: 'unet' },
    data: { kind: 'phantom' },
    holdOut: 2,
    epochs: 2,
    stepsPerEpoch: 3,
    schedule: {},
    ...config,
  });
  return {
    config: whole,
    out,
    resume: false,
    resumeCommand: (at) => `train --out ${at} --resume`,
    requireGpu: false,
    ...changes,
  };
}

/** Runs the line with services that compute nothing. */
export const run = (asked: RunRequest = request(), services: Partial<Services> = {}): Promise<Summary> =>
  runPipeline(asked, fakeServices(services), {
    onNote: (note) => notes.push(note),
    onProgress: ({ phase, detail }) => {
      if (phases.at(-1) !== phase) phases.push(phase);
      if (detail !== undefined) details.push(detail);
    },
  });
/** Paths of the files in a folder. */
export const contents = async (path: string): Promise<string[]> =>
  (await readdir(path, { recursive: true })).filter((name) => name.includes('.')).sort();
export const fails = (error: Error) => async (): Promise<never> => {
  throw error;
};
