import { openTrainingSampler, type Dataset, type TrainConfig } from '@dilated-unet/trainer';
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
 * @throws InvalidOptionError as `openTrainingSampler` of the trainer.
 */
export async function firstWindows(config: TrainConfig, data: Dataset, count: number): Promise<FirstWindows> {
  const { window, batchSize } = config;
  const sampler = await openTrainingSampler(config, data);
  const size = window ** 2;
  const windows: PreviewWindow[] = [];
  try {
    for (let step = 0; windows.length < count; step++) {
      const { images, labels } = await sampler.batch(step);
      for (let n = 0; n < batchSize && windows.length < count; n++) {
        windows.push({
          step: step + 1,
          number: n + 1,
          width: window,
          height: window,
          image: images.subarray(n * size, (n + 1) * size),
          labels: labels.subarray(n * size, (n + 1) * size),
        });
      }
    }
  } finally {
    await sampler.close();
  }
  return { windows, shares: sampler.shares };
}
