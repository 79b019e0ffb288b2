import {
  InvalidImageError,
  InvalidOptionError,
  section,
  stackNormalisations,
  type GreyStack,
  type Normalisation,
  type NormalisingModel,
  type Offset,
} from '@dilated-unet/core';
import { IGNORED } from '@dilated-unet/stacks';
import { stream, type Random } from '../random.ts';
import type { Augmentation } from './augmentation/amplitudes.ts';
import { augmentWindow, type AugmentedWindow } from './augmentation/augment.ts';
import { countedPositions, type WindowPosition } from './counted-positions.ts';

export interface SamplerOptions extends NormalisingModel {
  /** The sections that are trained on; labels: interior above 0, membrane 0, `IGNORED` of stacks where they do not count. */
  readonly train: { readonly images: GreyStack; readonly labels: GreyStack<Uint8Array> };
  /** Where the labels lie beside the images. @default null: on them */
  readonly labelOffset?: Offset | null;
  /** Width and height of a window, pixels. */
  readonly window: number;
  /** Windows per batch. */
  readonly batchSize: number;
  readonly augmentation: Augmentation;
  readonly seed: number;
  /** Name of the stream that positions are drawn from. @default 'windows' */
  readonly stream?: string;
  /** Whether no window begins in the last row or column where one could, as the original has it. @default false */
  readonly endExcluded?: boolean;
}

/** What one training step sees. */
export interface Batch {
  /** z-scores, float32; axes n, y, x, channel (one). */
  readonly images: Float32Array<ArrayBuffer>;
  /** 1 interior, 0 membrane, else as `AugmentedWindow` says, float32; axes n, y, x, channel (one). */
  readonly labels: Float32Array<ArrayBuffer>;
}

export interface Sampler {
  /** The batch of step `step`, from 0. A function of the seed and the step alone, in any order of calls. */
  batch(step: number): Batch;
}

/** How often a window is cut elsewhere because augmentation has turned or bent it away from all pixels that count. */
const ATTEMPTS = 10;

/**
 * Windows cut at random, every position of every section equally likely, without regard to what was cut before. Of partial
 * labels, every position at which a pixel counts.
 *
 * @throws InvalidOptionError when the window does not fit into a section or the batch is empty; InvalidImageError when no pixel of
 *   the labels counts.
 */
export function createSampler(options: SamplerOptions): Sampler {
  const { train, window, batchSize, augmentation, seed, endExcluded = false, labelOffset = null } = options;
  const { width, height } = train.images;
  const normalisations = stackNormalisations(train.images, options);
  const end = endExcluded ? 0 : 1;
  const largest = Math.min(width, height) - 1 + end;
  if (!(Number.isInteger(window) && window >= 1 && window <= largest)) {
    throw new InvalidOptionError('window', `must be an integer from 1 to ${largest}, the side of a section`, window);
  }
  if (!(Number.isInteger(batchSize) && batchSize >= 1)) {
    throw new InvalidOptionError('batchSize', 'must be an integer of at least 1', batchSize);
  }

  const draw = positionsOf(train.labels, window, { endExcluded });
  return {
    batch(step) {
      const windows = stream(seed, options.stream ?? 'windows', step);
      const images = new Float32Array(batchSize * window * window);
      const labels = new Float32Array(images.length);
      for (let n = 0; n < batchSize; n++) {
        const cutAt = ({ z, y, x }: WindowPosition): AugmentedWindow =>
          augmentWindow(
            { image: section(train.images, z), labels: section(train.labels, z), ...(labelOffset && { labelOffset }) },
            { x, y, side: window },
            {
              augmentation,
              normalisation: normalisations[z] as Normalisation,
              // Symmetries come with the position: the windows of a seed are those of earlier versions.
              random: (kind) => (kind === 'symmetries' ? windows : stream(seed, 'augmentation', kind, step, n)),
            },
          );
        let cut = cutAt(draw(windows));
        for (let again = 1; again < ATTEMPTS && cut.labels.every((label) => label < 0); again++) {
          cut = cutAt(draw(windows));
        }
        images.set(cut.image, n * window * window);
        labels.set(cut.labels, n * window * window);
      }
      return { images, labels };
    },
  };
}

/** Draws where a window begins: three numbers, for the windows that earlier versions cut, or one where labels are partial. */
function positionsOf(
  labels: GreyStack<Uint8Array>,
  window: number,
  { endExcluded }: { readonly endExcluded: boolean },
): (random: Random) => WindowPosition {
  const { width, height, depth, data } = labels;
  if (!data.includes(IGNORED)) {
    const end = endExcluded ? 0 : 1;
    return (random) => ({
      z: random.integer(depth),
      y: random.integer(height - window + end),
      x: random.integer(width - window + end),
    });
  }
  const positions = countedPositions(labels, window);
  if (positions.count > 0) return (random) => positions.at(random.integer(positions.count));
  throw new InvalidImageError('No pixel of the labels counts, so that no window can be trained on. Label some.');
}
