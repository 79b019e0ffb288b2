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

/** Sections that windows are cut from, and by what they are normalised. */
export interface SampledStack extends NormalisingModel {
  /** The sections that are trained on; labels: interior above 0, membrane 0, `IGNORED` of stacks where they do not count. */
  readonly train: { readonly images: GreyStack; readonly labels: GreyStack<Uint8Array> };
  /** Where the labels lie beside the images. @default null: on them */
  readonly labelOffset?: Offset | null;
  /** Its part of the windows, beside the weights of the others, above 0. @default its number of positions of a window */
  readonly weight?: number | undefined;
}

export interface SamplerOptions {
  /** At least one; they may differ in size. */
  readonly stacks: readonly SampledStack[];
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
  /** Part of the windows that is cut from each stack, in order; 1 in all. */
  readonly shares: readonly number[];
  /** The batch of step `step`, from 0. A function of the seed and the step alone, in any order of calls. */
  batch(step: number): Batch;
}

/** How often a window is cut elsewhere because augmentation has turned or bent it away from all pixels that count. */
const ATTEMPTS = 10;

/**
 * Windows cut at random, every position of every section equally likely, without regard to what was cut before. Of partial
 * labels, every position at which a pixel counts. Of several stacks, one is drawn by its weight first.
 *
 * @throws InvalidOptionError when the window does not fit into a section, a weight is none, or the batch is empty;
 *   InvalidImageError when no pixel of the labels counts.
 */
export function createSampler(options: SamplerOptions): Sampler {
  const { window, batchSize, augmentation, seed, endExcluded = false } = options;
  if (!(Number.isInteger(batchSize) && batchSize >= 1)) {
    throw new InvalidOptionError('batchSize', 'must be an integer of at least 1', batchSize);
  }
  const stacks = options.stacks.map(({ train, labelOffset = null, weight, ...model }) => {
    requireWindow(window, train.images, endExcluded);
    const positions = positionsOf(train.labels, window, endExcluded);
    const own = weight ?? positions.count;
    if (!(Number.isFinite(own) && own > 0)) throw new InvalidOptionError('weight', 'must be a number above 0', own);
    const normalisations = stackNormalisations(train.images, model);
    return { train, labelOffset, normalisations, draw: positions.draw, weight: own };
  });
  const total = stacks.reduce((sum, { weight }) => sum + weight, 0);
  const shares = stacks.map(({ weight }) => weight / total);
  type Cut = WindowPosition & { readonly stack: (typeof stacks)[number] };
  const draw = (random: Random): Cut => {
    // One stack draws nothing: the windows of a seed are those of earlier versions.
    const stack = (stacks.length === 1 ? stacks[0] : stacks[placeIn(shares, random.uniform())]) as Cut['stack'];
    return { stack, ...stack.draw(random) };
  };
  return {
    shares,
    batch(step) {
      const windows = stream(seed, options.stream ?? 'windows', step);
      const images = new Float32Array(batchSize * window * window);
      const labels = new Float32Array(images.length);
      for (let n = 0; n < batchSize; n++) {
        const cutAt = ({ stack: { train, labelOffset, normalisations }, z, y, x }: Cut): AugmentedWindow =>
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

function requireWindow(window: number, { width, height }: GreyStack, endExcluded: boolean): void {
  const largest = Math.min(width, height) - (endExcluded ? 1 : 0);
  if (Number.isInteger(window) && window >= 1 && window <= largest) return;
  throw new InvalidOptionError('window', `must be an integer from 1 to ${largest}, the side of a section`, window);
}

/** The first place up to which `shares`, which are 1 together, reach beyond `part`, 0 ... 1. */
function placeIn(shares: readonly number[], part: number): number {
  let reached = 0;
  const place = shares.findIndex((share) => part < (reached += share));
  return place < 0 ? shares.length - 1 : place;
}

/** The positions of a window: how many there are, and how one is drawn. */
interface Positions {
  readonly count: number;
  /** Takes three numbers, for the windows that earlier versions cut, or one where labels are partial. */
  readonly draw: (random: Random) => WindowPosition;
}

function positionsOf(labels: GreyStack<Uint8Array>, window: number, endExcluded: boolean): Positions {
  const { width, height, depth, data } = labels;
  if (!data.includes(IGNORED)) {
    const end = endExcluded ? 0 : 1;
    const [rows, columns] = [height - window + end, width - window + end];
    return {
      count: depth * rows * columns,
      draw: (random) => ({ z: random.integer(depth), y: random.integer(rows), x: random.integer(columns) }),
    };
  }
  const positions = countedPositions(labels, window);
  if (positions.count > 0) {
    return { count: positions.count, draw: (random) => positions.at(random.integer(positions.count)) };
  }
  throw new InvalidImageError('No pixel of the labels counts, so that no window can be trained on. Label some.');
}
