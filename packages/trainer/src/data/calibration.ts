import type { TrainConfig } from '../config/schema.ts';
import { STRIDE } from '../config/network.ts';
import { symmetriesOf } from './augmentation/amplitudes.ts';
import { sampledStacks, trainedStacks, type Dataset } from './dataset.ts';
import { createSampler, type Sampler } from './sampler.ts';

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
 *
 * @param side of a window, pixels.
 * @param shares of the trained stacks in the windows of the training, 1 in all: theirs here too, but that each has a window
 *   where there are as many windows as stacks.
 */
export function* calibrationBatches(
  { calibrationWindows, augmentation, seed, epochs, stepsPerEpoch }: TrainConfig,
  data: Pick<Dataset, 'stacks'>,
  side: number,
  shares: readonly number[],
): Generator<Float32Array> {
  const how = { window: side, batchSize: 1, augmentation: symmetriesOf(augmentation), seed };
  const samplers = sampledStacks(data).map((stack) => createSampler({ stacks: [stack], ...how }));
  // Steps beyond the last: no window of the training is drawn again.
  const first = epochs * stepsPerEpoch;
  for (const [k, stack] of apportioned(shares, calibrationWindows).entries()) {
    yield (samplers[stack] as Sampler).batch(first + k).images;
  }
}

/** Numbers of the stacks of `count` windows: each stack once where that many are, then whichever is furthest below its share. */
function apportioned(shares: readonly number[], count: number): readonly number[] {
  const taken = shares.map(() => 0);
  return Array.from({ length: count }, (_, k) => {
    const lacking = shares.map((share, stack) => share * (k + 1) - (taken[stack] as number));
    const stack = count >= shares.length && k < shares.length ? k : lacking.indexOf(Math.max(...lacking));
    taken[stack] = (taken[stack] as number) + 1;
    return stack;
  });
}
