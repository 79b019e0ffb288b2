import { InvalidOptionError, normalise, section, type GreyStack, type Normalisation } from '@dilated-unet/core';
import { stream } from '../random.ts';
import { SYMMETRY_COUNT, windowWalk, type WindowWalk } from './augmentation.ts';

export interface SamplerOptions {
  /** The sections that are trained on; labels: interior above 0, membrane 0. */
  readonly train: { readonly images: GreyStack; readonly labels: GreyStack<Uint8Array> };
  readonly normalisation: Normalisation;
  /** Width and height of a window, pixels. */
  readonly window: number;
  /** Windows per batch. */
  readonly batchSize: number;
  /** `symmetries` turns and flips each window at random: the eight symmetries of the square, equally likely. */
  readonly augmentation: 'none' | 'symmetries';
  readonly seed: number;
}

/** What one training step sees. */
export interface Batch {
  /** z-scores, float32; axes n, y, x, channel (one). */
  readonly images: Float32Array<ArrayBuffer>;
  /** 1 interior, 0 membrane, float32; axes n, y, x, channel (one). */
  readonly labels: Float32Array<ArrayBuffer>;
}

export interface Sampler {
  /** The batch of step `step`, from 0. A function of the seed and the step alone, in any order of calls. */
  batch(step: number): Batch;
}

/**
 * Windows cut at random, every position of every section equally likely, without regard to what was cut before.
 *
 * @throws InvalidOptionError when the window does not fit into a section or the batch is empty.
 */
export function createSampler(options: SamplerOptions): Sampler {
  const { train, normalisation, window, batchSize, augmentation, seed } = options;
  const { width, height, depth } = train.images;
  const largest = Math.min(width, height);
  if (!(Number.isInteger(window) && window >= 1 && window <= largest)) {
    throw new InvalidOptionError('--window', `must be an integer from 1 to ${largest}, the side of a section`, window);
  }
  if (!(Number.isInteger(batchSize) && batchSize >= 1)) {
    throw new InvalidOptionError('--batch-size', 'must be an integer of at least 1', batchSize);
  }

  return {
    batch(step) {
      const random = stream(seed, 'windows', step);
      const raw = new Float32Array(batchSize * window * window);
      const labels = new Float32Array(raw.length);
      for (let n = 0; n < batchSize; n++) {
        const z = random.integer(depth);
        const y = random.integer(height - window + 1);
        const x = random.integer(width - window + 1);
        const symmetry = augmentation === 'symmetries' ? random.integer(SYMMETRY_COUNT) : 0;
        const walk = windowWalk({ x, y, side: window }, width, symmetry);
        const at = n * window * window;
        copyWindow(section(train.images, z).data, walk, window, raw, at);
        copyWindow(section(train.labels, z).data, walk, window, labels, at);
      }
      for (let i = 0; i < labels.length; i++) labels[i] = (labels[i] as number) > 0 ? 1 : 0;
      return { images: normalise(raw, normalisation), labels };
    },
  };
}

function copyWindow(
  plane: ArrayLike<number>,
  { start, stepX, stepY }: WindowWalk,
  side: number,
  target: Float32Array,
  at: number,
): void {
  for (let y = 0; y < side; y++) {
    let from = start + y * stepY;
    for (let x = 0; x < side; x++) {
      target[at++] = plane[from] as number;
      from += stepX;
    }
  }
}
