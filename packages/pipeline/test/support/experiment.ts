import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EnvironmentError } from '@dilated-unet/core';
import { experimentFlagOf, experimentRequest, parseExperiment } from '../../src/commands/experiment.ts';
import type { ExperimentResults, TrialResult } from '../../src/experiment/results.ts';
import { runExperiment, type ExperimentEnd } from '../../src/experiment/run-experiment.ts';
import type { Services } from '../../src/run/services.ts';
import { fakeServices, rings, writeStackFile } from '../run/fake-services.ts';
import { temporaryFolder } from '../../../host/test/support/temporary.ts';
import { inFlags } from './in-flags.ts';

export const EXPERIMENT = '--data stack --variants unet,unet-a --hold-out 2 --window 32 --epochs 3 --out out';
export const ONE_SHARD = `${EXPERIMENT} --shard 1/2`;
export const ONE_PART = EXPERIMENT.replace('unet,unet-a', 'unet');

export let cwd: string;
export let notes: string[];
/** Trainings that were begun: the trial, and whether it was resumed. */
export let trained: string[];
export let reports: ExperimentResults[];

/** Before each test: a folder with a stack, in which nothing was run. */
export async function newFolder(): Promise<void> {
  cwd = temporaryFolder();
  [notes, trained, reports] = [[], [], []];
  const { images, labels } = rings(6);
  await writeStackFile(join(cwd, 'stack/train-volume.tif'), images);
  await writeStackFile(join(cwd, 'stack/train-labels.tif'), labels);
}

interface Changes extends Partial<Services> {
  readonly signal?: AbortSignal;
}

/** What `trainer:experiment` does with these flags, in `cwd`, where nothing is trained in truth. */
export function run(text: string, changes: Changes = {}): Promise<ExperimentEnd> {
  return inFlags(experimentFlagOf, () => runTyped(text, changes));
}

async function runTyped(text: string, { signal, ...services }: Changes): Promise<ExperimentEnd> {
  const argv = text.split(' ').filter(Boolean);
  const parsed = parseExperiment(argv);
  if (parsed.kind !== 'run') throw new Error('Help instead of a run.');
  const request = await experimentRequest(parsed, argv, cwd, {
    onProgress: () => undefined,
    ...(signal && { signal }),
  });
  const real = fakeServices(services);
  return runExperiment(request, {
    services: {
      ...real,
      train: (config, options) => {
        trained.push(`${config.network.name}${options.resume === true ? ', resumed' : ''}`);
        return real.train(config, options);
      },
    },
    writeReport: (results, out) => {
      reports.push(results);
      return Promise.resolve({ markdown: join(out, 'report.md'), html: join(out, 'report.html') });
    },
    watch: { onNote: (note) => notes.push(note.trim()), onProgress: () => undefined, ...(signal && { signal }) },
  });
}

export const trial = (name: string): string => join(cwd, 'out/trials', `${name}-fold1-seed865`);
export const resultOf = (name: string): TrialResult =>
  JSON.parse(readFileSync(join(trial(name), 'result.json'), 'utf8')) as TrialResult;
export const noDisk: Services['convert'] = () => Promise.reject(new EnvironmentError('No disk.'));
/** Fails for one network; the others convert. */
export const failingFor =
  (name: string): Services['convert'] =>
  (request) =>
    request.network.name === name ? noDisk(request) : fakeServices().convert(request);
