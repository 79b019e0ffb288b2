import { setImmediate } from 'node:timers/promises';
import { InvalidOptionError } from '@dilated-unet/core';
import { median } from '@dilated-unet/host';
import type { TrainConfig } from '../config/schema.ts';
import type { BatchQueue } from '../data/batch-queue.ts';
import type { Evaluation, TrainEvent } from './events.ts';
import type { LogRow } from './log.ts';
import type { TrainableModel } from '../model/model.ts';

/** What an epoch is trained with. */
export interface EpochOptions {
  readonly model: TrainableModel;
  readonly batches: BatchQueue;
  readonly config: TrainConfig;
  /** Learning rate of a step, from 0. */
  readonly rateOf: (step: number) => number;
  readonly onEvent: (event: TrainEvent) => void;
}

/** What the steps of an epoch showed. */
export type EpochReport = Omit<LogRow, keyof Evaluation>;

/**
 * Trains the steps of `epoch`, from 1.
 *
 * @throws InvalidOptionError when the loss is no number any more.
 */
export async function trainEpoch(epoch: number, options: EpochOptions): Promise<EpochReport> {
  const { model, batches, config, rateOf, onEvent } = options;
  const { stepsPerEpoch, epochs } = config;
  const steps = epochs * stepsPerEpoch;
  const sums = { loss: 0, softDice: 0 };
  const times: number[] = [];
  let rate = 0;
  for (let step = (epoch - 1) * stepsPerEpoch; step < epoch * stepsPerEpoch; step++) {
    const before = performance.now();
    rate = rateOf(step);
    const report = model.trainStep(batches.take(step), step, rate);
    if (!Number.isFinite(report.loss)) throw divergence(`the loss became ${report.loss} at step ${step + 1}`, rate);
    sums.loss += report.loss;
    sums.softDice += report.softDice;
    const ms = performance.now() - before;
    times.push(ms);
    onEvent({ type: 'step', step: step + 1, steps, epoch, epochs, ...report, rate, secondsPerStep: ms / 1000 });
    // A step blocks the event loop; this lets the events out.
    await setImmediate();
  }
  const stepMs = Math.round(median(times) * 1000) / 1000;
  return { epoch, loss: sums.loss / stepsPerEpoch, softDice: sums.softDice / stepsPerEpoch, rate, stepMs };
}

/** What to tell when the numbers of a run are numbers no more. */
export function divergence(what: string, rate: number): InvalidOptionError {
  return new InvalidOptionError('schedule.maxRate', `is too high for this run: ${what}. The rate`, rate);
}
