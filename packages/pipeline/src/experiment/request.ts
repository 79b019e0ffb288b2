import { InvalidOptionError, VARIANT_NAMES, VARIANTS, type VariantName } from '@dilated-unet/core';
import { decidedConfig, shapeOf, type InitialModel, type TrainConfig } from '@dilated-unet/trainer';
import type { DeviceChoice } from '../command-line/device.ts';
import type { DataPaths } from '../run/settings.ts';
import { describePhantom, describeStacks, ignoredBy, ofOneStack, readDataset, type ReadingWatcher } from './data.ts';
import type { Experiment } from './definition.ts';
import { parseShard, planTrials, type Shard } from './plan.ts';
import { PROTOCOLS, type Protocol } from './results.ts';
import { sharedConfig, trialConfig, type ExperimentSources } from './settings.ts';

/** What is done with an experiment. */
export type Task =
  /** Null: all of it. */
  | { readonly kind: 'run'; readonly shard: Shard | null }
  /** Only the report is written. */
  | { readonly kind: 'collect' }
  /** Only the plan is printed. */
  | { readonly kind: 'list' };

/** What the user asks for, complete and checked. */
export interface ExperimentRequest {
  /** Null: the one that is in `out` already. */
  readonly experiment: Experiment | null;
  /** The stacks that were named; null: those of the experiment. */
  readonly data: DataPaths | null;
  /** Folder of the experiment, absolute. */
  readonly out: string;
  readonly task: Task;
  readonly device: DeviceChoice;
  /** What was decided by the data, for the user. @default none */
  readonly notes?: readonly string[];
}

/** An experiment as it is asked for. */
export interface AskedExperiment extends Omit<ExperimentSources, 'protocol'> {
  /** One of `PROTOCOLS`. @default holdout */
  readonly protocol?: string | undefined;
  /** Names of networks, separated by commas. @default all variants, or the one of the model that is begun from */
  readonly variants?: string | undefined;
  /** Under `kfold`: blocks of the stack. @default 5 */
  readonly folds?: number | undefined;
  /** Under `holdout`: sections held out. @default a fifth of them */
  readonly holdOut?: number | undefined;
  /** Runs of each network and fold. @default 1 */
  readonly seeds?: number | undefined;
  readonly symmetries?: true | undefined;
  /** As typed. */
  readonly command: string;
}

/** How the reading of the data is watched. */
export interface RequestWatcher extends ReadingWatcher {
  readonly onNote: (note: string) => void;
}

/**
 * The experiment that is asked for, trial by trial.
 *
 * @throws InvalidOptionError naming what does not fit, InvalidImageError for a stack that cannot be read or trained on; the signal's
 *   reason once stopped.
 */
export async function describeExperiment(
  asked: AskedExperiment,
  watch: RequestWatcher = { onNote: () => undefined, onProgress: () => undefined },
): Promise<Experiment> {
  const { folds = 5, seeds = 1, holdOut, preset, changes, initial = null, symmetries = false, command } = asked;
  const protocol = protocolOf(asked);
  const variants = variantsOf(asked);
  const asTyped = { protocol, preset, changes, initial, data: asked.data };
  const shared = sharedConfig(asTyped);
  const { seed } = shared;
  const data = ofOneStack(shared.data);
  const { decided, labelled } = await decidedByData(shared, watch);
  const sources = { ...asTyped, changes: { ...changes, ...decided } };
  const record = data.kind === 'phantom' ? describePhantom(data) : await describeStacks(data, watch);
  const { sections } = record;
  const plan = { protocol, variants, sections, labelled, folds, holdOut, seed, seeds };
  const trials = planTrials(plan).map((planned) => ({
    trial: planned.trial,
    config: trialConfig(planned, sources),
  }));
  return { format: 2, protocol, data: record, symmetries, command, trials };
}

/** What is left to the data, decided once for all trials: what the labels are, and which sections have some. */
interface DecidedByData {
  readonly decided: Partial<Pick<TrainConfig, 'labelKind' | 'boundaryWidth'>>;
  /** Places of the sections in which a pixel counts, from 0; undefined where every pixel of the stack does. */
  readonly labelled: readonly number[] | undefined;
}

async function decidedByData(config: TrainConfig, watch: RequestWatcher): Promise<DecidedByData> {
  const { labelKind, boundaryWidth } = config;
  const data = ofOneStack(config.data);
  if (data.kind === 'phantom') return { decided: { labelKind: 'interior' }, labelled: undefined };
  const isDecided = labelKind === 'instances' ? boundaryWidth !== null : labelKind !== 'auto';
  const isPartial = ignoredBy(config) !== undefined;
  if (isDecided && !isPartial) return { decided: {}, labelled: undefined };
  // What is held out is decided by what is read here; where labels lie, each trial sees by what it trains on.
  const asked = { ...config, holdOut: 0, holdOutFrom: undefined, registerLabels: false };
  const read = await readDataset(asked, watch);
  for (const note of read.notes) watch.onNote(note);
  const { labelKind: kind, boundaryWidth: width } = decidedConfig(config, read);
  const [stack] = read.stacks;
  return { decided: { labelKind: kind, boundaryWidth: width }, labelled: isPartial ? stack?.places.train : undefined };
}

/** @throws InvalidOptionError for a protocol that there is not, and for a field that says nothing under it or is against it. */
function protocolOf({ protocol: name = 'holdout', changes, ...own }: AskedExperiment): Protocol {
  const protocol = PROTOCOLS.find((candidate) => candidate === name);
  if (protocol === undefined) {
    const renamed = name === 'seed' ? ' ("seed" is called original now)' : '';
    throw new InvalidOptionError('protocol', `must be one of ${PROTOCOLS.join(', ')}${renamed}`, name);
  }
  const only = { holdOut: ['holdout'], folds: ['kfold'], symmetries: ['holdout', 'kfold'] } as const;
  for (const [field, protocols] of Object.entries(only) as [keyof typeof only, readonly Protocol[]][]) {
    if (own[field] === undefined || protocols.includes(protocol)) continue;
    const rule = `must be left out under \`protocol\` ${protocol}; it is for ${protocols.join(' and ')}`;
    throw new InvalidOptionError(field, rule, own[field]);
  }
  const { augmentation = 'none', init } = changes;
  if (protocol === 'original' && own.preset !== undefined && own.preset !== 'original') {
    const rule = 'must be original or left out under `protocol` original; change single settings by their own flags';
    throw new InvalidOptionError('preset', rule, own.preset);
  }
  if (protocol === 'original' && init !== undefined) {
    const rule = 'must be left out under `protocol` original: the original began from random weights';
    throw new InvalidOptionError('init.path', rule, init.path);
  }
  if (protocol === 'original' && augmentation !== 'none') {
    const rule = 'must be none under `protocol` original: the original had none';
    throw new InvalidOptionError('augmentation', rule, augmentation);
  }
  return protocol;
}

function variantsOf({ variants: typed, initial }: AskedExperiment): readonly VariantName[] {
  if (initial) return [variantOf(initial, typed)];
  const names = typed?.split(',').map((name) => name.trim()) ?? VARIANT_NAMES;
  const known = VARIANT_NAMES.filter((name) => names.includes(name));
  if (known.length === names.length) return names as readonly VariantName[];
  const rule = `must be some of ${VARIANT_NAMES.join(', ')}, each once, separated by commas`;
  throw new InvalidOptionError('variants', rule, typed);
}

/** The variant that a model is: no other can go on from its weights. */
function variantOf(initial: InitialModel, typed: string | undefined): VariantName {
  const { dilateRate, dilate, addition } = shapeOf(initial);
  const name = VARIANT_NAMES.find((candidate) => {
    const variant = VARIANTS[candidate];
    return variant.dilateRate === dilateRate && variant.dilate === dilate && variant.addition === addition;
  });
  if (name === undefined) {
    const rule = `must be a model of one of the networks that experiments compare: ${VARIANT_NAMES.join(', ')}`;
    throw new InvalidOptionError('init.path', rule, initial.path);
  }
  if (typed === undefined || typed === name) return name;
  throw new InvalidOptionError(
    'variants',
    `must be ${name}, the network of the model ${initial.name}, or left out`,
    typed,
  );
}

/** A task as it is asked for. */
export interface AskedTask {
  /** For example `2/4`. */
  readonly shard?: string | undefined;
  readonly collect?: true | undefined;
  readonly list?: true | undefined;
}

/** What is done with an experiment. @throws InvalidOptionError for two tasks at once. */
export function taskOf({ shard, collect, list }: AskedTask): Task {
  if (shard !== undefined && (collect || list)) {
    const rule = `must be left out with \`${collect ? 'collect' : 'list'}\`, which trains nothing`;
    throw new InvalidOptionError('shard', rule, shard);
  }
  if (collect && list) throw new InvalidOptionError('list', 'must be left out with `collect`', true);
  if (collect) return { kind: 'collect' };
  if (list) return { kind: 'list' };
  return { kind: 'run', shard: shard === undefined ? null : parseShard(shard) };
}
