import type { Reporter, Services } from '../run/services.ts';
import type { DeviceChoice } from '../command-line/device.ts';
import { experimentStacks } from './data.ts';
import type { Experiment } from './definition.ts';
import { trialFolder, readResult } from './trial-files.ts';
import { inShard, trialName, type Shard } from './plan.ts';
import type { Trial } from './results.ts';
import { failureMessage, lacksSymmetries, runTrial } from './run-trial.ts';

export interface RunOptions {
  readonly experiment: Experiment;
  /** Folder of the experiment. */
  readonly out: string;
  /** The trials to run; null: all. */
  readonly shard: Shard | null;
  readonly device: DeviceChoice;
  readonly services: Services;
  readonly watch: Reporter;
}

/**
 * Runs the trials of an experiment one after another. A trial that fails is told and noted in its folder, and the others
 * still run.
 *
 * @returns the trials that failed.
 * @throws the signal's reason once stopped.
 */
export async function runTrials(options: RunOptions): Promise<readonly Trial[]> {
  const { experiment, out, shard, watch } = options;
  const failed: Trial[] = [];
  for (const { trial, config } of experiment.trials) {
    if (shard !== null && !inShard(shard, trial)) continue;
    watch.signal?.throwIfAborted();
    watch.onNote(`\n${trialTitle(trial, experiment)}`);
    try {
      const { symmetries, command } = experiment;
      const { device, services } = options;
      const stacks = () => experimentStacks(config.data, out, watch);
      const before = readResult(trialFolder(out, trial), config);
      if (before !== undefined && !lacksSymmetries(before, experiment)) watch.onNote('done before');
      else await runTrial({ trial, config, out, symmetries, device, stacks, command, services, watch });
    } catch (error) {
      watch.signal?.throwIfAborted();
      failed.push(trial);
      watch.onNote(`${trialName(trial)} failed: ${failureMessage(error)}`);
    }
  }
  return failed;
}

/** For example `trial 3 of 12: dilated-unet, fold 1, seed 865`. */
function trialTitle({ index, variant, fold, seed }: Trial, { trials, protocol }: Experiment): string {
  const place = protocol === 'kfold' ? `, fold ${fold}` : '';
  return `trial ${index} of ${trials.length}: ${variant}${place}, seed ${seed}`;
}
