import {
  InvalidOptionError,
  section,
  stackNormalisation,
  type GreyStack,
  type Normalisation,
} from '@dilated-unet/core';
import { stream, type Random } from '../random.ts';
import type { LabelledStack } from './stacks.ts';

/** Sections side by side, in rows. */
export interface MontageShape {
  readonly rows: number;
  readonly columns: number;
}

/** Keeps the z-scores of a blank stack finite. Source: the original. */
const EPSILON = 1e-10;

/**
 * The montage of `count` sections: each once, no place empty, as square as that allows, and not wider than high. 30 give the
 * original's 6 rows of 5.
 *
 * @throws InvalidOptionError when there is none with more than one row and column: `count` is prime, or less than 4.
 */
export function montageShape(count: number): MontageShape {
  for (let columns = Math.floor(Math.sqrt(count)); columns > 1; columns--) {
    if (count % columns === 0) return { rows: count / columns, columns };
  }
  throw new InvalidOptionError(
    'sampling',
    'must not be montage for a stack whose sections fill no rectangle of several rows and columns: leave some out, or cut ' +
      'windows from sections. The number of sections',
    count,
  );
}

/** The order of the training montage's sections: a shuffle by `seed`. */
export const trainingMontageOrder = (count: number, seed: number): readonly number[] =>
  shuffled(count, stream(seed, 'montage', 'training'));

/** The order of the validation montage's sections: another shuffle of the same. */
export const validationMontageOrder = (count: number, seed: number): readonly number[] =>
  shuffled(count, stream(seed, 'montage', 'validation'));

/** What the original trains on: all sections in a montage, shuffled. */
export function trainingMontage(stack: LabelledStack, seed: number): LabelledStack {
  const { depth } = stack.images;
  return layLabelledMontage(stack, trainingMontageOrder(depth, seed), montageShape(depth));
}

/** What the original validates on: the same sections, shuffled anew, with rows and columns exchanged. */
export function validationMontage(stack: LabelledStack, seed: number): LabelledStack {
  const { depth } = stack.images;
  const { rows, columns } = montageShape(depth);
  return layLabelledMontage(stack, validationMontageOrder(depth, seed), { rows: columns, columns: rows });
}

/**
 * Mean and standard deviation of a montage of `stack`, which are those of its sections, the latter enlarged by 1e-10 as in
 * the original.
 */
export function montageNormalisation(stack: GreyStack): Normalisation {
  const { mean, std } = stackNormalisation(stack);
  return { mean, std: std + EPSILON };
}

/**
 * The sections of `stack` as one of `columns` times their width and `rows` times their height, filled row by row.
 *
 * @param order which section comes where: each once, `rows * columns` of them.
 */
export function layMontage<Stack extends GreyStack>(
  stack: Stack,
  order: readonly number[],
  { rows, columns }: MontageShape,
): Stack {
  const { width, height } = stack;
  const across = columns * width;
  // Every pixel is overwritten; a copy has the right type and length.
  const data = stack.data.slice();
  order.forEach((z, place) => {
    const pixels = section(stack, z).data;
    const corner = Math.floor(place / columns) * height * across + (place % columns) * width;
    for (let y = 0; y < height; y++) data.set(pixels.subarray(y * width, (y + 1) * width), corner + y * across);
  });
  return { ...stack, width: across, height: rows * height, depth: 1, data };
}

function layLabelledMontage(
  { images, labels }: LabelledStack,
  order: readonly number[],
  shape: MontageShape,
): LabelledStack {
  return { images: layMontage(images, order, shape), labels: layMontage(labels, order, shape) };
}

/** 0 ... count - 1 in random order (Fisher & Yates). */
function shuffled(count: number, random: Random): number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let last = count - 1; last > 0; last--) {
    const chosen = random.integer(last + 1);
    [order[last], order[chosen]] = [order[chosen] as number, order[last] as number];
  }
  return order;
}
