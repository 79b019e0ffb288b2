import type { VariantName } from '@dilated-unet/core';
import type { ConfigOverrides, InitialModel, TrainConfig } from '@dilated-unet/trainer';
import { findPreset } from '../command-line/presets.ts';
import { buildConfig, withCycleOverTheRun, type DataPaths } from '../run/settings.ts';
import type { HeldOutBlock, PlannedTrial } from './plan.ts';
import type { Protocol } from './results.ts';

/** What the configurations of an experiment's trials are made of. */
export interface ExperimentSources {
  readonly protocol: Protocol;
  /** Name of a preset. @default the protocol's */
  readonly preset?: string | undefined;
  /** The fields that were typed. */
  readonly changes: ConfigOverrides;
  /** The model that the trainings begin from, if any. */
  readonly initial?: InitialModel | null;
  /** The stacks; null: the built-in phantom. */
  readonly data: DataPaths | null;
}

/** The preset that a protocol takes by itself. */
function defaultPreset(protocol: Protocol, data: DataPaths | null): string {
  if (protocol === 'original') return 'original';
  return data === null ? 'phantom-quick' : 'isbi-full';
}

/** The configuration that all trials share, but for network, held-out block and seed. @throws InvalidOptionError */
export function sharedConfig(sources: ExperimentSources): TrainConfig {
  return configOf(sources, sources.protocol === 'original' ? null : { from: 0, count: 1 });
}

/** The configuration of a trial: the preset, adapted to the protocol, then what was typed. @throws InvalidOptionError */
export function trialConfig({ trial, heldOut }: PlannedTrial, sources: ExperimentSources): TrainConfig {
  const changes = { ...sources.changes, seed: trial.seed };
  return configOf({ ...sources, changes }, heldOut, trial.variant);
}

function configOf(sources: ExperimentSources, heldOut: HeldOutBlock | null, variant?: VariantName): TrainConfig {
  const { protocol, preset, changes, initial = null, data } = sources;
  const { overrides } = findPreset(preset ?? defaultPreset(protocol, data));
  const base = adapted(overrides, protocol, heldOut);
  return buildConfig({ base, data, variant, initial, changes: withCycleOverTheRun(changes, base) });
}

/** A preset as the protocol has it: what is held out, and what windows are cut from. */
function adapted(overrides: ConfigOverrides, protocol: Protocol, heldOut: HeldOutBlock | null): ConfigOverrides {
  const { holdOutFrom: _, ...rest } = overrides;
  return {
    data: { kind: 'phantom' },
    ...rest,
    sampling: protocol === 'original' ? 'montage' : 'sections',
    registerLabels: protocol !== 'original' && overrides.registerLabels === true,
    holdOut: heldOut?.count ?? 0,
    // The last block is where the trainer looks by itself.
    ...(protocol === 'kfold' && heldOut !== null && { holdOutFrom: heldOut.from }),
  };
}
