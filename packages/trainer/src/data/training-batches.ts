import type { TrainConfig } from '../config.ts';
import { BatchQueue } from './batch-queue.ts';
import type { Dataset } from './dataset.ts';
import { trainingMontage } from './montage.ts';

/**
 * The batches that a run with `config` trains on.
 *
 * @param steps the first, from 0, and the one after the last.
 */
export function openTrainingBatches(
  { sampling, window, batchSize, augmentation, seed }: TrainConfig,
  data: Dataset,
  steps: { readonly from: number; readonly to: number },
): Promise<BatchQueue> {
  const { normalisation, normalise, labelOffset } = data;
  const isMontage = sampling === 'montage';
  const train = isMontage ? trainingMontage(data.train, seed) : data.train;
  const normalising = { normalisation, ...(normalise && { normalise }) };
  const options = { train, ...normalising, labelOffset, window, batchSize, augmentation, seed, endExcluded: isMontage };
  return BatchQueue.open(options, steps.from, steps.to);
}
