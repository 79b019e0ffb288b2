import { textTable } from '@dilated-unet/host';
import { hasCheckpoint } from '../run/run-folder.ts';
import { trialOutcomes } from './collect.ts';
import type { Experiment } from './definition.ts';

/** The trials of an experiment, before they are run or after: what each holds out, and how far it is in `out`. */
export async function planTable(experiment: Experiment, out: string): Promise<string> {
  const { trials, protocol, data } = experiment;
  const outcomes = trialOutcomes(experiment, out);
  const rows = await Promise.all(
    trials.map(async ({ trial, config }, i) => {
      const { result, failure, folder } = outcomes[i] as (typeof outcomes)[number];
      const first = (config.holdOutFrom ?? data.sections - config.holdOut) + 1;
      const heldOut = config.holdOut === 0 ? 'none' : `${first} - ${first + config.holdOut - 1}`;
      const begun = (await hasCheckpoint(folder)) ? 'begun' : 'not begun';
      const state = result !== null ? 'done' : failure !== undefined ? 'failed' : begun;
      const steps = config.epochs * config.stepsPerEpoch;
      return [
        String(trial.index),
        trial.variant,
        String(trial.fold),
        String(trial.seed),
        heldOut,
        String(config.epochs),
        String(steps),
        state,
      ];
    }),
  );
  const head = ['trial', 'variant', 'fold', 'seed', 'held-out sections', 'epochs', 'steps', 'state'];
  return `protocol ${protocol}, ${data.description}, in ${out}\n\n${textTable([head, ...rows])}`;
}
