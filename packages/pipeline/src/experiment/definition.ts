import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DilatedUnetError, InvalidOptionError } from '@dilated-unet/core';
import { configDifferences, parseStoredConfig, type ConfigDifference, type TrainConfig } from '@dilated-unet/trainer';
import { readJsonFile, withLock, writeJsonFile } from '@dilated-unet/host';
import { requireNoDeadLink } from '../run/dead-link.ts';
import { differenceText } from './configuration.ts';
import type { DataRecord } from './data.ts';
import type { Trial, Protocol } from './results.ts';

/** An experiment before it is run: `OUT/experiment.json`. */
export interface Experiment {
  readonly format: 2;
  readonly protocol: Protocol;
  readonly data: DataRecord;
  /** Whether held-out sections are scored by the mean over the eight symmetries as well. */
  readonly symmetries: boolean;
  /** As typed, for example `npx nx run trainer:experiment --protocol kfold`. */
  readonly command: string;
  /** In the order in which they are run. */
  readonly trials: readonly { readonly trial: Trial; readonly config: TrainConfig }[];
}

const FILE = 'experiment.json';
const FORMAT = 2;
const FIELDS = [
  'format',
  'protocol',
  'data',
  'symmetries',
  'command',
  'trials',
] as const satisfies readonly (keyof Experiment)[];

/** The experiment in `out`. @throws InvalidOptionError when there is none. */
export async function readExperiment(out: string): Promise<Experiment> {
  const found = await findExperiment(out);
  if (found !== undefined) return found;
  throw new InvalidOptionError('out', `must be the folder of an experiment, with its ${FILE}`, out);
}

/**
 * Makes `out` the folder of `experiment`, or goes on with the same experiment that is there. Symmetries may be added to
 * it later, since they need no training, and seeds, whose trials follow those that are there (`planTrials`).
 *
 * @returns the experiment, with the paths of `experiment`.
 * @throws InvalidOptionError when the folder holds something else, or another experiment: then it says what differs.
 */
export async function claimExperiment(out: string, experiment: Experiment): Promise<Experiment> {
  await requireNoDeadLink(out);
  try {
    await mkdir(out, { recursive: true });
  } catch (cause) {
    throw new InvalidOptionError('out', 'must be a folder that can be made', out, { cause });
  }
  const path = join(out, FILE);
  return withLock(`${path}.lock`, async () => {
    const before = await findExperiment(out);
    if (before === undefined) await requireEmpty(out);
    else requireSameExperiment(before, experiment, out, { mayHaveMoreSeeds: true });
    const { trials } = experiment;
    const isGrown = before !== undefined && trials.length > before.trials.length;
    const merged = { ...experiment, ...before, trials, ...(isGrown && { command: experiment.command }) };
    const claimed = { ...merged, symmetries: merged.symmetries || experiment.symmetries };
    if (JSON.stringify(before) !== JSON.stringify(claimed)) {
      await writeJsonFile(path, claimed);
    }
    return claimed;
  });
}

/** The experiment in `out`; undefined where there is none. */
export async function findExperiment(out: string): Promise<Experiment | undefined> {
  const path = join(out, FILE);
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const experiment = readJsonFile<Experiment>(path, FIELDS);
  if (experiment?.format === FORMAT) {
    const trials = experiment.trials.map(({ trial, config }) => ({ trial, config: parseStoredConfig(config, path) }));
    return { ...experiment, trials };
  }
  throw new DilatedUnetError(
    `${path} is not an experiment of this version (format ${FORMAT}). Finish it with the version that began it, or name another folder.`,
  );
}

async function requireEmpty(out: string): Promise<void> {
  const others = (await readdir(out)).filter((name) => !name.startsWith(FILE));
  if (others.length === 0) return;
  throw new InvalidOptionError('out', 'must be a new or an empty folder, or that of an experiment', out);
}

/** How many differences a message names. */
const NAMED = 4;

/**
 * @param mayHaveMoreSeeds whether the one asked for is the same with more seeds, too. @default false
 * @throws InvalidOptionError saying what differs between the experiment in `out` and the one asked for.
 */
export function requireSameExperiment(
  before: Experiment,
  now: Experiment,
  out: string,
  { mayHaveMoreSeeds = false }: { readonly mayHaveMoreSeeds?: boolean } = {},
): void {
  const isGrown = mayHaveMoreSeeds && seedsOf(now) > seedsOf(before);
  const different = differences(before, now).filter(({ field }) => !(isGrown && field === 'seeds'));
  if (different.length === 0) return;
  const more = different.length > NAMED ? `; and ${different.length - NAMED} more` : '';
  const rule =
    `holds another experiment: ${different.slice(0, NAMED).map(differenceText).join('; ')}${more}. Name another folder, or ` +
    `start that one as it was: ${before.command}`;
  throw new InvalidOptionError('out', rule, out);
}

function differences(before: Experiment, now: Experiment): readonly ConfigDifference[] {
  // Another protocol changes much of the configuration with it.
  if (before.protocol !== now.protocol) {
    return [{ field: 'protocol', before: before.protocol, now: now.protocol }];
  }
  const [there, here] = [essence(before), essence(now)];
  const own = Object.keys(there).map((field) => ({ field, before: there[field], now: here[field] }));
  const [first, second] = [before.trials[0], now.trials[0]];
  // Networks are compared by `variants`.
  const shared =
    first === undefined || second === undefined
      ? []
      : configDifferences(first.config, { ...second.config, network: first.config.network });
  return [...own.filter((one) => one.before !== one.now), ...shared];
}

/** What makes an experiment the same beside its configuration, under the names of the request's fields. */
function essence({ data: { sha256, description }, trials }: Experiment): Readonly<Record<string, unknown>> {
  const distinct = (key: 'variant' | 'fold'): readonly unknown[] => [...new Set(trials.map(({ trial }) => trial[key]))];
  const [images, labels, mask] = [sha256?.images, sha256?.labels, sha256?.ignoreMask].map((hash) => hash?.slice(0, 12));
  const masked = mask === undefined ? '' : `, mask ${mask}`;
  return {
    data: images === undefined ? description : `images ${images}, labels ${labels}${masked} (SHA-256)`,
    variants: distinct('variant').join(','),
    folds: distinct('fold').length,
    seeds: seedsOf({ trials }),
  };
}

const seedsOf = ({ trials }: Pick<Experiment, 'trials'>): number => new Set(trials.map(({ trial }) => trial.seed)).size;
