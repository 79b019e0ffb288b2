import type { TrainConfig } from '../config/schema.ts';
import { STRIDE } from '../config/network.ts';
import { symmetriesOf } from './augmentation/amplitudes.ts';
import { sampledStacks, trainedStacks, type Dataset } from './dataset.ts';
import { createSampler } from './sampler.ts';

/** Largest side of a calibration window, pixels: a section of the stack that the networks were made for. */
const LARGEST = 512;

/** Side of the windows on which batch norms are calibrated: as much of a section, of the smallest stack, as memory surely holds. */
export function calibrationWindowSide(data: Pick<Dataset, 'stacks'>): number {
  const sides = trainedStacks(data).flatMap(({ train: { images } }) => [images.width, images.height]);
  return Math.floor(Math.min(...sides, LARGEST) / STRIDE) * STRIDE;
}

/**
 * The windows of the calibration, one after another: cut from the training sections at random and seeded with the run. Of the
 * augmentation only symmetries are kept: the statistics are those of sections as they will be segmented, not of noise,
 * blur and artefacts that training adds, nor of resampled grey values. z-scores, axes y, x.
 */
export function* calibrationBatches(
  { calibrationWindows, augmentation, seed, epochs, stepsPerEpoch }: TrainConfig,
  data: Pick<Dataset, 'stacks'>,
  side: number,
): Generator<Float32Array> {
  const sampler = createSampler({
    stacks: sampledStacks(data),
    window: side,
    batchSize: 1,
    augmentation: symmetriesOf(augmentation),
    seed,
  });
  // Steps beyond the last: no window of the training is drawn again.
  const first = epochs * stepsPerEpoch;
  for (let k = 0; k < calibrationWindows; k++) yield sampler.batch(first + k).images;
}
