import type { TrainConfig } from '@dilated-unet/trainer';
import { FLAGS, TRAINING_FLAGS, type FlagValues } from '../run/flags.ts';
import { findPreset, type Preset } from '../run/presets.ts';
import { buildConfig, type DataPaths } from '../run/settings.ts';
import type { HeldOutBlock, PlannedPart } from './plan.ts';
import type { Protocol } from './results.ts';

/** What the configurations of an experiment's parts are made of. */
export interface ExperimentSources {
  readonly protocol: Protocol;
  readonly flags: FlagValues;
  readonly presets: readonly Preset[];
  /** The stacks; null: the built-in phantom. */
  readonly data: DataPaths | null;
}

/** The preset that a protocol takes by itself. */
export function defaultPreset(protocol: Protocol, data: DataPaths | null): string {
  if (protocol === 'seed') return 'seed';
  return data === null ? 'phantom-quick' : 'isbi-full';
}

/** The configuration that all parts share, but for network, held-out block and seed. @throws InvalidOptionError */
export function sharedConfig(sources: ExperimentSources): TrainConfig {
  return configOf(sources, sources.protocol === 'seed' ? null : { from: 0, count: 1 }, {});
}

/** The configuration of a part: the preset, adapted to the protocol, then what the flags say. @throws InvalidOptionError */
export function partConfig({ part, heldOut }: PlannedPart, sources: ExperimentSources): TrainConfig {
  return configOf(sources, heldOut, { '--variant': part.variant, '--seed': part.seed });
}

function configOf(sources: ExperimentSources, heldOut: HeldOutBlock | null, own: FlagValues): TrainConfig {
  const { protocol, data } = sources;
  const name = (sources.flags['--preset'] as string | undefined) ?? defaultPreset(protocol, data);
  const presets = [adapted(findPreset(sources.presets, name), protocol, heldOut)];
  const build = (flags: FlagValues): TrainConfig =>
    buildConfig({ flags: { ...flags, '--preset': name }, presets, data, resumed: null });
  const typed = { ...trainingFlags(sources.flags), ...own };
  return build({ ...typed, ...cycleOverTheRun(typed, build({})) });
}

/** The preset as the protocol has it: what is held out, and what windows are cut from. */
function adapted(preset: Preset, protocol: Protocol, heldOut: HeldOutBlock | null): Preset {
  const { holdOutFrom: _, ...overrides } = preset.overrides;
  return {
    ...preset,
    overrides: {
      data: { kind: 'phantom' },
      ...overrides,
      sampling: protocol === 'seed' ? 'montage' : 'sections',
      registerLabels: protocol !== 'seed' && overrides.registerLabels === true,
      holdOut: heldOut?.count ?? 0,
      // The last block is where the trainer looks by itself.
      ...(protocol === 'kfold' && heldOut !== null && { holdOutFrom: heldOut.from }),
    },
  };
}

function trainingFlags(flags: FlagValues): FlagValues {
  const training = FLAGS.filter(({ group }) => group === TRAINING_FLAGS).map(({ flag }) => [flag, flags[flag]]);
  return Object.fromEntries(training) as FlagValues;
}

/**
 * A preset whose learning rate goes up and down once in its run does so in a run of another length too; others (`seed`,
 * with the original's 2,000 steps) keep their step size.
 */
function cycleOverTheRun(flags: FlagValues, preset: TrainConfig): FlagValues {
  const isOneCycle = 2 * preset.schedule.stepSize === preset.epochs * preset.stepsPerEpoch;
  if (!isOneCycle || flags['--clr-step-size'] !== undefined) return {};
  const epochs = (flags['--epochs'] as number | undefined) ?? preset.epochs;
  const stepsPerEpoch = (flags['--steps-per-epoch'] as number | undefined) ?? preset.stepsPerEpoch;
  return { '--clr-step-size': Math.max(1, Math.ceil((epochs * stepsPerEpoch) / 2)) };
}
