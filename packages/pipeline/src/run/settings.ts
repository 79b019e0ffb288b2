import { DilatedUnetError, InvalidOptionError, VARIANTS, type VariantName } from '@dilated-unet/core';
import {
  parseTrainConfig,
  requireSameShape,
  requireSameRun,
  shapeOf,
  type ConfigOverrides,
  type InitialModel,
  type TrainConfig,
  type TrainConfigInput,
} from '@dilated-unet/trainer';
import type { StackSelection } from '@dilated-unet/stacks';
import { findPreset } from '../command-line/presets.ts';

/** The stacks that a run trains on, as absolute paths. */
export interface DataPaths {
  readonly images: string;
  readonly labels: string;
  /** Of the size of the labels: pixels above 0 do not count. */
  readonly ignoreMask?: string | undefined;
  readonly test?: string | undefined;
  /** Which sections of images and test, where their files have several channels, times or images. */
  readonly select?: StackSelection | undefined;
}

/** A stack among several. */
export interface NamedPaths extends DataPaths {
  readonly name: string;
  /** See the configuration. */
  readonly weight?: number;
  readonly heldOut?: true;
}

/** Several stacks that a run trains on, or holds out, in order. */
export interface SeveralPaths {
  readonly stacks: readonly NamedPaths[];
}

/** What the configuration of a run is made of; each wins over those before it. */
export interface ConfigSources {
  /** A preset, or the configuration of a run that is resumed. */
  readonly base: ConfigOverrides;
  /** The stacks that were named, if any. */
  readonly data: DataPaths | SeveralPaths | null;
  readonly variant?: VariantName | undefined;
  /** The model that the training begins from, if any: the network has its shape. */
  readonly initial?: InitialModel | null;
  /** The fields that were typed. */
  readonly changes: ConfigOverrides;
}

/**
 * The configuration of a run: the trainer's defaults, then its sources.
 *
 * @throws InvalidOptionError naming the field that does not fit and what is allowed.
 */
export function buildConfig({ base, data, variant, initial = null, changes }: ConfigSources): TrainConfig {
  const shape = initial === null ? {} : shapeOf(initial);
  const merged = {
    ...overlaid(base, changes),
    ...(data !== null && { data: { kind: 'stacks' in data ? 'several' : 'stacks', ...data } }),
    network: network({ ...base.network, ...shape }, variant, changes.network),
  };
  const config = parseTrainConfig(merged as TrainConfigInput);
  if (initial !== null) requireSameShape(config, initial);
  return config;
}

/** What a training is named by, beside the fields of its configuration. */
export interface NamedTraining {
  readonly variant?: VariantName | undefined;
  readonly preset?: string | undefined;
}

/**
 * The configuration of a training. Without a preset: `isbi-quick` with stacks, `phantom-quick` without. A new run of another
 * length than its preset's has its cycle over its own length; not under a policy that changes the rate from cycle to cycle.
 *
 * @param before the model that the training begins from, and the configuration of the run that is gone on with, if any.
 * @throws DilatedUnetError naming the field that does not fit and what is allowed.
 */
export function trainingConfig(
  { variant, preset }: NamedTraining,
  changes: ConfigOverrides,
  named: DataPaths | SeveralPaths | null,
  {
    initial = null,
    resumed = null,
  }: { readonly initial?: InitialModel | null; readonly resumed?: TrainConfig | null } = {},
): TrainConfig {
  if (resumed !== null && preset !== undefined) {
    const rule = 'must be left out with `resume`: the run keeps its configuration';
    throw new InvalidOptionError('preset', rule, preset);
  }
  const data = named !== null && resumed !== null ? asBefore(named, resumed) : named;
  const base = resumed ?? newRun(preset ?? (data === null ? 'phantom-quick' : 'isbi-quick'), data);
  if (data === null && base.data === undefined) {
    throw new DilatedUnetError(`\`preset\` ${preset} needs data; add \`data\`, or \`imagePath\` and \`maskPath\`.`);
  }
  const cycled = resumed === null ? withCycleOverTheRun(changes, base) : changes;
  // A run that is resumed has a network; whether it began from this model is to be seen.
  const config = buildConfig({ base, data, variant, initial: resumed === null ? initial : null, changes: cycled });
  if (resumed !== null) requireSameRun(resumed, config);
  return config;
}

/**
 * `changes` with the half cycle of a run of another length than its preset's, unless they have one. A preset whose learning rate
 * goes up and down once in its run does so in that run too; others (`original`, with its 2,000 steps) keep their step size, and so
 * do policies that change from cycle to cycle.
 */
export function withCycleOverTheRun(changes: ConfigOverrides, preset: ConfigOverrides): ConfigOverrides {
  const half = preset.schedule?.stepSize;
  const steps = (run: ConfigOverrides): number =>
    (run.epochs ?? preset.epochs ?? 0) * (run.stepsPerEpoch ?? preset.stepsPerEpoch ?? 0);
  const { schedule = {} } = changes;
  const { policy = preset.schedule?.policy ?? 'triangular' } = schedule;
  if (policy !== 'triangular') return changes;
  if (schedule.stepSize !== undefined || half === undefined || 2 * half !== steps(preset)) return changes;
  return { ...changes, schedule: { ...schedule, stepSize: Math.max(1, Math.ceil(steps(changes) / 2)) } };
}

/** What a preset has of a new run: where stacks are held out as a whole, no block is unless it is asked for. */
function newRun(preset: string, data: DataPaths | SeveralPaths | null): ConfigOverrides {
  const { overrides }: { readonly overrides: ConfigOverrides } = findPreset(preset);
  const isHeldOut = data !== null && 'stacks' in data && data.stacks.some(({ heldOut }) => heldOut === true);
  return isHeldOut ? { ...overrides, holdOut: 0 } : overrides;
}

/** The stacks of a run that is gone on with, wherever they lie now: names, weights and what is held out are those of then. */
function asBefore(named: DataPaths | SeveralPaths, { data }: TrainConfig): DataPaths | SeveralPaths {
  if (!('stacks' in named) || data.kind !== 'several' || named.stacks.length !== data.stacks.length) return named;
  const isTyped = named.stacks.some(({ weight, heldOut }) => weight !== undefined || heldOut === true);
  const stacks = named.stacks.map((stack, k) => {
    const { name, weight, heldOut } = data.stacks[k] as (typeof data.stacks)[number];
    const kept = isTyped ? {} : { ...(weight !== undefined && { weight }), ...(heldOut && { heldOut }) };
    return { ...stack, name, ...kept };
  });
  return { stacks };
}

/** The variant, changed, under the name of the variant that it then is, else `unet-custom`. */
function network(
  base: ConfigOverrides['network'],
  variant: VariantName | undefined,
  changes: ConfigOverrides['network'],
): TrainConfigInput['network'] {
  const chosen = { classes: 2, ...VARIANTS.unet, ...base, ...(variant && VARIANTS[variant]), ...changes };
  const name = Object.entries(VARIANTS).find(
    ([, shape]) =>
      chosen.classes === 2 &&
      shape.dilateRate === chosen.dilateRate &&
      shape.dilate === chosen.dilate &&
      shape.addition === chosen.addition,
  )?.[0];
  return { ...chosen, name: name ?? 'unet-custom' };
}

/** `base` with the fields of `changes`, at any depth. */
function overlaid(base: object, changes: object): Record<string, unknown> {
  const result: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(changes) as [string, unknown][]) {
    result[key] = isObject(value) ? overlaid(isObject(result[key]) ? result[key] : {}, value) : value;
  }
  return result;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
