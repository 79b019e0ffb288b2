import { InvalidOptionError, section, type NormalisingModel, type Offset } from '@dilated-unet/core';
import { stream, type Random } from '../random.ts';
import type { Augmentation, AugmentationKind } from './augmentation/amplitudes.ts';
import { augmentMoved, moveTissue, type AugmentedWindow, type LabelledSection } from './augmentation/augment.ts';
import type { WindowPosition } from './counted-positions.ts';
import {
  windowSource,
  type Asked,
  type MemorySections,
  type Part,
  type TrainedSections,
  type WindowSource,
} from './window-source.ts';

/** Sections that windows are cut from, and by what they are normalised. */
export interface SampledStack<Train = MemorySections> extends NormalisingModel {
  /** The sections that are trained on; labels: interior above 0, membrane 0, `IGNORED` of stacks where they do not count. */
  readonly train: Train;
  /** Where the labels lie beside the images. @default null: on them */
  readonly labelOffset?: Offset | null;
  /** Its part of the windows, beside the weights of the others, above 0. @default its area: the pixels that count */
  readonly weight?: number | undefined;
}

export interface SamplerOptions<Train = MemorySections> {
  /** At least one; they may differ in size. */
  readonly stacks: readonly SampledStack<Train>[];
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

/** A sampler of stacks wherever they are: it asks for what it needs of them. */
export interface Cutter extends Pick<Sampler, 'shares'> {
  /** The batch of step `step`: yields what is needed next, and takes it. */
  readonly cut: (step: number) => Generator<Needed, Batch, Part>;
}

/** A part of a section. */
export interface Needed extends Asked {
  /** Number of the stack, from 0. */
  readonly stack: number;
}

/** How often a window is cut elsewhere because augmentation has turned or bent it away from all pixels that count. */
const ATTEMPTS = 10;

/**
 * Windows cut at random, every position of every section equally likely, without regard to what was cut before. Of partial
 * labels, every position at which a pixel counts. Of several stacks, one is drawn by its weight first: positions are few where a
 * window nearly fills a section, however large the stack is.
 *
 * @throws InvalidOptionError when the window does not fit into a section, a weight is none, or the batch is empty;
 *   InvalidImageError when no pixel of the labels counts.
 */
export function createSampler(options: SamplerOptions): Sampler {
  const { shares, cut } = createCutter(options);
  const whole = ({ stack, z }: Needed): Part => {
    const { images, labels } = (options.stacks[stack] as SampledStack).train;
    return { image: section(images, z), labels: section(labels, z) };
  };
  return {
    shares,
    batch(step) {
      const work = cut(step);
      let next = work.next();
      while (next.done !== true) next = work.next(whole(next.value));
      return next.value;
    },
  };
}

/** What `createSampler` does, of stacks of which not all may be in memory. @throws as `createSampler`. */
export function createCutter(options: SamplerOptions<TrainedSections>): Cutter {
  const { window, batchSize, augmentation, seed, endExcluded = false } = options;
  if (!(Number.isInteger(batchSize) && batchSize >= 1)) {
    throw new InvalidOptionError('batchSize', 'must be an integer of at least 1', batchSize);
  }
  const stacks = options.stacks.map(({ train, labelOffset = null, weight, ...model }, stack) => {
    const source = windowSource(train, model, { window, endExcluded });
    const own = weight ?? source.area;
    if (!(Number.isFinite(own) && own > 0)) throw new InvalidOptionError('weight', 'must be a number above 0', own);
    return { stack, source, labelOffset, weight: own };
  });
  const total = stacks.reduce((sum, { weight }) => sum + weight, 0);
  const shares = stacks.map(({ weight }) => weight / total);
  interface Cut extends WindowPosition {
    readonly stack: number;
    readonly source: WindowSource;
    readonly labelOffset: Offset | null;
  }
  function* draw(random: Random): Generator<Needed, Cut, Part> {
    // One stack draws nothing: the windows of a seed are those of earlier versions.
    const one = (
      stacks.length === 1 ? stacks[0] : stacks[placeIn(shares, random.uniform())]
    ) as (typeof stacks)[number];
    const found = one.source.draw(random);
    if ('z' in found) return { ...one, ...found };
    return { ...one, ...found.at(yield { stack: one.stack, ...found.needed }) };
  }
  return {
    shares,
    *cut(step) {
      const windows = stream(seed, options.stream ?? 'windows', step);
      const images = new Float32Array(batchSize * window * window);
      const labels = new Float32Array(images.length);
      for (let n = 0; n < batchSize; n++) {
        function* cutAt({ stack, source, labelOffset, z, y, x }: Cut): Generator<Needed, AugmentedWindow, Part> {
          const how = {
            augmentation,
            normalisation: source.normalisationOf(z),
            // Symmetries come with the position: the windows of a seed are those of earlier versions.
            random: (kind: AugmentationKind) =>
              kind === 'symmetries' ? windows : stream(seed, 'augmentation', kind, step, n),
          };
          const beside = labelOffset === null ? {} : { labelOffset };
          const move = moveTissue(source.size, { x, y, side: window }, { ...how, ...beside });
          const part: LabelledSection = { ...(yield { stack, z, region: move.needed }), ...beside };
          return augmentMoved(part, move, how);
        }
        let cut = yield* cutAt(yield* draw(windows));
        for (let again = 1; again < ATTEMPTS && cut.labels.every((label) => label < 0); again++) {
          cut = yield* cutAt(yield* draw(windows));
        }
        images.set(cut.image, n * window * window);
        labels.set(cut.labels, n * window * window);
      }
      return { images, labels };
    },
  };
}

/** The first place up to which `shares`, which are 1 together, reach beyond `part`, 0 ... 1. */
function placeIn(shares: readonly number[], part: number): number {
  let reached = 0;
  const place = shares.findIndex((share) => part < (reached += share));
  return place < 0 ? shares.length - 1 : place;
}
