import type { Machinery } from '../run/machinery.ts';
import type { DeviceChoice } from '../run/request.ts';
import type { LineWatch } from '../run/watch.ts';
import { experimentStacks } from './data.ts';
import type { Experiment } from './definition.ts';
import { partFolder, readResult } from './part-files.ts';
import { inShare, partName, type Share } from './plan.ts';
import type { Part } from './results.ts';
import { failureMessage, lacksSymmetries, runPart } from './run-part.ts';

export interface RunOptions {
  readonly experiment: Experiment;
  /** Folder of the experiment. */
  readonly out: string;
  /** The parts to run; null: all. */
  readonly share: Share | null;
  readonly device: DeviceChoice;
  readonly machinery: Machinery;
  readonly watch: LineWatch;
}

/**
 * Runs the parts of an experiment one after another. A part that fails is told and noted in its folder, and the others
 * still run.
 *
 * @returns the parts that failed.
 * @throws the signal's reason once stopped.
 */
export async function runExperiment(options: RunOptions): Promise<readonly Part[]> {
  const { experiment, out, share, watch } = options;
  const failed: Part[] = [];
  for (const { part, config } of experiment.parts) {
    if (share !== null && !inShare(share, part)) continue;
    watch.signal?.throwIfAborted();
    watch.onNote(`\n${partTitle(part, experiment)}`);
    try {
      const { symmetries, command } = experiment;
      const { device, machinery } = options;
      const stacks = () => experimentStacks(config.data, out, watch);
      const before = readResult(partFolder(out, part), config);
      if (before !== undefined && !lacksSymmetries(before, experiment)) watch.onNote('done before');
      else await runPart({ part, config, out, symmetries, device, stacks, command, machinery, watch });
    } catch (error) {
      watch.signal?.throwIfAborted();
      failed.push(part);
      watch.onNote(`${partName(part)} failed: ${failureMessage(error)}`);
    }
  }
  return failed;
}

/** For example `part 3 of 12: dilated-unet, fold 1, seed 865`. */
function partTitle({ index, variant, fold, seed }: Part, { parts, protocol }: Experiment): string {
  const place = protocol === 'kfold' ? `, fold ${fold}` : '';
  return `part ${index} of ${parts.length}: ${variant}${place}, seed ${seed}`;
}
