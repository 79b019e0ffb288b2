import { InvalidImageError } from '../errors.ts';
import { GreyTally } from './grey-statistics.ts';
import { section, type GreyData, type GreyStack } from './image.ts';

/** Fixed z-score, (value - mean) / std: mean and standard deviation of the training sections, in raw grey values. */
export interface Normalisation {
  readonly mean: number;
  readonly std: number;
}

/** A normalisation as it is applied to images, which may have the contrast of a negative. */
export interface AppliedNormalisation extends Normalisation {
  /** Whether z-scores change their sign: dark becomes bright. @default false */
  readonly inverted?: boolean;
}

/**
 * Mean and (population) standard deviation of all pixels of `stack`, in double precision.
 *
 * @throws InvalidImageError when the stack has no pixels, or one that is not finite.
 */
export function stackNormalisation(stack: GreyStack): Normalisation {
  const { data } = stack;
  if (data.length === 0) {
    throw new InvalidImageError('A stack without pixels has no mean. Pass at least one section.');
  }
  let sum = 0;
  for (const value of data) sum += value;
  const mean = sum / data.length;
  if (!Number.isFinite(mean)) {
    throw new InvalidImageError(`The mean of the stack is ${mean}: a grey value is not finite. Replace such pixels.`);
  }
  let squares = 0;
  for (const value of data) squares += (value - mean) ** 2;
  return { mean, std: Math.sqrt(squares / data.length) };
}

/**
 * Mean and (population) standard deviation of the pixels of `stack` that show tissue (see padding.ts), as of a stack whose images are
 * segmented by what they are themselves.
 *
 * @param places sections that are looked at, from 0. @default all
 * @throws InvalidImageError as `requireImage`, of a section.
 */
export function tissueNormalisation(
  stack: GreyStack,
  places: Iterable<number> = Array(stack.depth).keys(),
): Normalisation {
  const tally = new GreyTally();
  for (const z of places) tally.add(section(stack, z), { lines: false, what: `Section ${z + 1}` });
  const { mean, std } = tally.statistics;
  return { mean, std };
}

/** The z-scores of `data`, float32. A standard deviation of 0 (a blank stack) gives zeros. */
export function normalise(
  data: GreyData,
  { mean, std, inverted = false }: AppliedNormalisation,
): Float32Array<ArrayBuffer> {
  const scale = std > 0 ? (inverted ? -1 : 1) / std : 0;
  const out = new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) out[i] = ((data[i] as number) - mean) * scale;
  return out;
}
