import type { TrainConfig } from '../config/schema.ts';
import { BatchQueue } from './batch-queue.ts';
import { sampledStacks, windowedStacks, type Dataset } from './dataset.ts';
import { trainingMontage } from './montage.ts';
import { openSampler, type OpenedSampler } from './open-sampler.ts';
import type { SamplerOptions } from './sampler.ts';
import type { TrainedSections } from './window-source.ts';

/**
 * The batches that a run with `config` trains on, prepared in a thread of their own.
 *
 * @param steps the first, from 0, and the one after the last.
 * @throws InvalidOptionError as `createSampler`.
 */
export function openTrainingBatches(
  config: TrainConfig,
  data: Dataset,
  steps: { readonly from: number; readonly to: number },
): Promise<BatchQueue> {
  return BatchQueue.open(trainingWindows(config, data), steps.from, steps.to);
}

/**
 * The same batches, prepared when they are asked for: what a run would train on, to look at.
 *
 * @throws InvalidOptionError as `createSampler`; where the sections fill no montage that was asked for.
 */
export function openTrainingSampler(config: TrainConfig, data: Dataset): Promise<OpenedSampler> {
  return openSampler(trainingWindows(config, data));
}

function trainingWindows(
  { sampling, window, batchSize, augmentation, seed }: TrainConfig,
  data: Dataset,
): SamplerOptions<TrainedSections> {
  const isMontage = sampling === 'montage';
  const stacks = isMontage
    ? sampledStacks(data).map((stack) => ({ ...stack, train: trainingMontage(stack.train, seed) }))
    : windowedStacks(data);
  return { stacks, window, batchSize, augmentation, seed, endExcluded: isMontage };
}
