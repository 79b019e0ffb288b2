import { trainingSampler, type Dataset, type TrainConfig } from '@dilated-unet/trainer';
import type { Labelled } from './pictures.ts';

/** A window that a training begins with. */
export interface PreviewWindow extends Labelled {
  /** Of the training, from 1. */
  readonly step: number;
  /** In the batch of the step, from 1. */
  readonly number: number;
}

/** The first windows of a training, and the part of all that is cut from each stack that is trained on, in order. */
export interface FirstWindows {
  readonly windows: readonly PreviewWindow[];
  readonly shares: readonly number[];
}

/**
 * The first windows that a run with `config` trains on, in its order: as many batches as make `count`.
 *
 * @throws InvalidOptionError as `trainingSampler` of the trainer.
 */
export function firstWindows(config: TrainConfig, data: Dataset, count: number): FirstWindows {
  const { window, batchSize } = config;
  const sampler = trainingSampler(config, data);
  const size = window ** 2;
  const steps = Array.from({ length: Math.ceil(count / batchSize) }, (_, step) => step);
  const windows = steps
    .flatMap((step) => {
      const { images, labels } = sampler.batch(step);
      return Array.from({ length: batchSize }, (_, n) => ({
        step: step + 1,
        number: n + 1,
        width: window,
        height: window,
        image: images.subarray(n * size, (n + 1) * size),
        labels: labels.subarray(n * size, (n + 1) * size),
      }));
    })
    .slice(0, count);
  return { windows, shares: sampler.shares };
}
