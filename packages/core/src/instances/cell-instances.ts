import { InvalidImageError, InvalidOptionError } from '../errors.ts';
import type { GreyImage } from '../image/image.ts';
import { requireImage } from '../image/validate.ts';
import { immerse, type Relief } from '../metrics/immersion.ts';
import { connectedComponents, type Segmentation } from '../metrics/labelling.ts';
import { extendedMaxima } from './h-maxima.ts';
import { HIGHEST, reliefOf } from './relief.ts';
import { squaredDistances } from './squared-distances.ts';

/** The cells of one section. */
export interface CellInstances {
  /** Columns (x), pixels. */
  readonly width: number;
  /** Rows (y), pixels. */
  readonly height: number;
  /** Number of cells. */
  readonly count: number;
  /** Cell of each pixel, 1 ... `count`; 0 on the lines between cells and where there is none. Axes y, x; row-major. */
  readonly labels: Uint32Array;
}

/** What cells grow from: peaks of the probability of interior, or of the distance to the membrane. */
export const SEEDS_OPTIONS = ['h-maxima', 'distance'] as const;
export type SeedsOption = (typeof SEEDS_OPTIONS)[number];

export interface CellInstancesOptions {
  /** Interior is where the probability is above this; 0 ... 1. @default 0.5 (the likelier class) */
  readonly threshold?: number | undefined;
  /**
   * Of what the peaks are the seeds, inside of each piece of interior: `h-maxima`, of the probability; `distance`, of the
   * distance to the nearest membrane pixel, which cuts at necks.
   * @default 'h-maxima'
   */
  readonly seeds?: SeedsOption | undefined;
  /**
   * By how much a peak must rise above each way to a higher one to be a cell of its own: a probability, 0 ... 1, for
   * `h-maxima`; pixels, 0 or more, for `distance`. The lower, the more cells.
   * @default for `h-maxima` 1, which no peak does: each piece of interior is one cell, as V_Rand and V_Info of ISBI-2012 take it
   * (MorphoLibJ's manual begins with 10 of 255 grey values, 0.04); for `distance` 1 (MorphoLibJ's Distance Transform Watershed)
   */
  readonly seedHeight?: number | undefined;
  /** Cells of fewer pixels, after the watershed, become 0; a whole number of at least 0. @default 0 */
  readonly minSize?: number | undefined;
}

/** Steps of the relief for one pixel of distance. */
const STEPS_PER_PIXEL = 16;

/**
 * The cells of one section: a watershed by immersion, 4-connected (Vincent & Soille, IEEE PAMI 13:583, 1991), from seeds
 * (Meyer & Beucher, J. Vis. Commun. Image R. 1:21, 1990). Cells grow over the interior from their peaks down, then over the
 * membrane, until a line of one pixel is left between them. By default it is, pixel for pixel, `watershed` of the same
 * interior, by which V_Rand and V_Info are computed. One thing differs: a section without interior has no cell here, and one
 * segment there.
 *
 * Ids follow the order in which rows, read from the top, meet the seeds; equal probabilities give equal ids. Time and memory
 * grow with the number of pixels: at most 40 bytes a pixel.
 *
 * @param probabilities of cell interior, 0 ... 1; axes y, x.
 * @throws InvalidImageError when it is no image or has a value outside of 0 ... 1, InvalidOptionError when an option is outside
 * its range.
 */
export function cellInstances(
  probabilities: GreyImage<Float32Array>,
  options: CellInstancesOptions = {},
): CellInstances {
  const { threshold, seeds, seedHeight, minSize } = checkInstancesOptions(options);
  requireImage(probabilities, 'The map of probabilities');
  const mask = interiorOf(probabilities, threshold);
  const segments =
    seeds === 'distance' ? fromDistances(mask, seedHeight) : fromProbabilities(probabilities, mask, seedHeight);
  return withoutSmall(segments, minSize);
}

/** `options` with their defaults. @throws InvalidOptionError when one is outside its range. */
export function checkInstancesOptions({
  threshold = 0.5,
  seeds = 'h-maxima',
  seedHeight = 1,
  minSize = 0,
}: CellInstancesOptions): { readonly [K in keyof CellInstancesOptions]-?: NonNullable<CellInstancesOptions[K]> } {
  if (!(threshold >= 0 && threshold <= 1)) throw new InvalidOptionError('threshold', 'must be from 0 to 1', threshold);
  if (!SEEDS_OPTIONS.includes(seeds))
    throw new InvalidOptionError('seeds', `must be one of ${SEEDS_OPTIONS.join(', ')}`, seeds);
  if (seeds === 'h-maxima' && !(seedHeight >= 0 && seedHeight <= 1)) {
    throw new InvalidOptionError('seedHeight', 'must be a probability, from 0 to 1, for seeds by h-maxima', seedHeight);
  }
  if (!(seedHeight >= 0 && seedHeight < Infinity)) {
    throw new InvalidOptionError('seedHeight', 'must be pixels, 0 or more, for seeds by distance', seedHeight);
  }
  if (!Number.isSafeInteger(minSize) || minSize < 0) {
    throw new InvalidOptionError('minSize', 'must be a whole number of pixels, 0 or more', minSize);
  }
  return { threshold, seeds, seedHeight, minSize };
}

function interiorOf({ width, height, data }: GreyImage, threshold: number): GreyImage<Uint8Array> {
  const mask = new Uint8Array(data.length);
  for (let q = 0; q < mask.length; q++) {
    const p = data[q] as number;
    if (!(p >= 0 && p <= 1)) {
      throw new InvalidImageError(
        `The probability at x ${q % width}, y ${Math.floor(q / width)} is ${p}. All must be from 0 to 1: divide 8-bit results by 255.`,
      );
    }
    mask[q] = p > threshold ? 1 : 0;
  }
  return { width, height, data: mask };
}

function fromProbabilities({ data }: GreyImage, mask: GreyImage, height: number): Segmentation {
  // No peak rises by more than all that a probability can: no need to look for any.
  if (height === 1) return grown(connectedComponents(mask));
  const relief = reliefOf(mask, (q) => (data[q] as number) * HIGHEST);
  return grown(extendedMaxima(relief, Math.round(height * HIGHEST)), relief);
}

function fromDistances(mask: GreyImage, height: number): Segmentation {
  const squares = squaredDistances(mask);
  const relief = reliefOf(mask, (q) => Math.sqrt(squares[q] as number) * STEPS_PER_PIXEL);
  return grown(extendedMaxima(relief, Math.round(height * STEPS_PER_PIXEL)), relief);
}

function grown(basins: Segmentation, relief?: Relief): Segmentation {
  return basins.count === 0 ? basins : immerse(basins, relief);
}

function withoutSmall({ width, height, count, labels }: Segmentation, minSize: number): CellInstances {
  const ids = new Uint32Array(labels.buffer, labels.byteOffset, labels.length);
  if (minSize <= 1) return { width, height, count, labels: ids };
  const sizes = new Uint32Array(count + 1);
  for (const id of ids) sizes[id] = (sizes[id] as number) + 1;
  const kept = new Uint32Array(count + 1);
  let last = 0;
  for (let id = 1; id <= count; id++) if ((sizes[id] as number) >= minSize) kept[id] = ++last;
  for (let q = 0; q < ids.length; q++) ids[q] = kept[ids[q] as number] as number;
  return { width, height, count: last, labels: ids };
}
