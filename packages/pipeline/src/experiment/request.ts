import type { VariantName } from '@dilated-unet/core';
import type { DeviceChoice } from '../command-line/device.ts';
import type { DataPaths } from '../run/settings.ts';
import { describePhantom, describeStacks } from './data.ts';
import type { Experiment } from './definition.ts';
import { planTrials, type PlanOptions, type Shard } from './plan.ts';
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
}

/**
 * The experiment that trains `variants` by `sources`.
 *
 * @throws InvalidOptionError naming what does not fit, InvalidImageError for a stack that cannot be read.
 */
export async function describeExperiment(
  sources: ExperimentSources,
  plan: Pick<PlanOptions, 'folds' | 'seeds' | 'holdOut'> & { readonly variants: readonly VariantName[] },
  { symmetries, command }: Pick<Experiment, 'symmetries' | 'command'>,
): Promise<Experiment> {
  const { protocol } = sources;
  const { data, seed } = sharedConfig(sources);
  const record = data.kind === 'phantom' ? describePhantom(data) : await describeStacks(data);
  const trials = planTrials({ ...plan, protocol, sections: record.sections, seed }).map((planned) => ({
    trial: planned.trial,
    config: trialConfig(planned, sources),
  }));
  return { format: 2, protocol, data: record, symmetries, command, trials };
}
