import { schedule } from '@dilated-unet/core';
import type { TrainConfig } from '../config/schema.ts';

/** What of a run says at which learning rate it ends. */
export type RunLength = Pick<TrainConfig, 'epochs' | 'stepsPerEpoch' | 'schedule' | 'exportWeights'>;

/** Part of the way from the base rate to the maximum above which weights have not settled: an end in the middle of a cycle. */
const SETTLED = 0.1;

/** The learning rate of the last of `epochs` epochs where it is far above the base rate, else null. */
function rateInCycle({ stepsPerEpoch, schedule: cycles }: RunLength, epochs: number): number | null {
  const rateOf = schedule(cycles);
  const steps = epochs * stepsPerEpoch;
  // A cycle over an odd number of steps ends one step after them.
  const next = Math.min(rateOf(steps), rateOf(steps + 1));
  const settled = cycles.baseRate + SETTLED * (cycles.maxRate - cycles.baseRate);
  return next > settled ? rateOf(steps - 1) : null;
}

/** What to tell of a run that will end in the middle of a cycle, and exports its last weights; null of any other. */
export function endNote(run: RunLength): string | null {
  const { epochs, stepsPerEpoch, exportWeights } = run;
  const rate = rateInCycle(run, epochs);
  if (exportWeights !== 'last' || rate === null) return null;
  const cycle = 2 * run.schedule.stepSize;
  const longer = Math.round((Math.ceil((epochs * stepsPerEpoch) / cycle) * cycle) / stepsPerEpoch);
  const advice = rateInCycle(run, longer) === null ? `; \`epochs\` ${longer} ends one` : '';
  return `the run ends at learning rate ${text(rate)}, in the middle of a cycle, and exports the weights of its last step${advice}`;
}

/** What to tell of such a run that was stopped early after `epoch`; null of any other. */
export function stopNote(run: RunLength, epoch: number): string | null {
  const rate = rateInCycle(run, epoch);
  if (run.exportWeights !== 'last' || rate === null) return null;
  return (
    `the weights of the last step are exported, of learning rate ${text(rate)}, in the middle of a cycle; \`exportWeights\` best ` +
    'exports those of the lowest validation loss'
  );
}

const text = (rate: number): string => rate.toExponential(1);
