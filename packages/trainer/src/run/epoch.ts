import { setImmediate } from 'node:timers/promises';
import { InvalidOptionError } from '@dilated-unet/core';
import { median } from '@dilated-unet/host';
import type { TrainConfig } from '../config/schema.ts';
import type { BatchQueue } from '../data/batch-queue.ts';
import type { Evaluation, TrainEvent } from './events.ts';
import type { LogRow } from './log.ts';
import type { TrainableModel } from '../model/model.ts';
import type { Tensors } from '../model/weights.ts';

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

/** What the message of a divergence says of the field that it names. */
const TOO_HIGH = 'is too high for this run';

/** What to tell when the numbers of a run are numbers no more. */
export function divergence(what: string, rate: number): InvalidOptionError {
  return new InvalidOptionError('schedule.maxRate', `${TOO_HIGH}: ${what}. The rate`, rate);
}

/** Whether a training ended because its numbers were numbers no more: gone on with, it would do so again. */
export function isDivergence(error: unknown): boolean {
  return error instanceof InvalidOptionError && error.message.startsWith(`schedule.maxRate ${TOO_HIGH}`);
}

/** @throws as `divergence` where a checkpoint of `state` could not be gone on with. */
export function requireFiniteState(state: Tensors, epoch: number, rate: number): void {
  for (const [name, { data }] of state) {
    if (!data.every(Number.isFinite))
      throw divergence(`${name} has values that are not finite after epoch ${epoch}`, rate);
  }
}
