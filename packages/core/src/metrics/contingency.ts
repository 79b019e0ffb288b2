import { InvalidImageError } from '../errors.ts';
import type { Segmentation } from './labelling.ts';

/**
 * How the segments of a prediction cut those of the truth, in pixels: what V_Rand and V_Info are computed from. Only
 * pixels inside of a true segment count (foreground restriction); of them, each that is in no predicted segment counts
 * as a segment of its own.
 */
export interface Contingency {
  /** Pixels inside of a true segment. */
  readonly pixels: number;
  /** Of those, pixels in no predicted segment. */
  readonly unassigned: number;
  /** Pixels of each true segment; numbers that no pixel has are left out. */
  readonly truth: readonly number[];
  /** Pixels of each predicted segment that lie inside of a true one; predicted segments without any are left out. */
  readonly prediction: readonly number[];
  /** Pixels of each overlap of a true and a predicted segment, where they do overlap. */
  readonly overlaps: readonly number[];
}

/**
 * Counts the overlaps of two segmentations of one image.
 *
 * @throws InvalidImageError when they differ in size, or no pixel is inside of a true segment.
 */
export function contingency(truth: Segmentation, prediction: Segmentation): Contingency {
  if (truth.width !== prediction.width || truth.height !== prediction.height) {
    throw new InvalidImageError(
      `The predicted segments must have the size of the true ones, ${truth.width} x ${truth.height} pixels; received ` +
        `${prediction.width} x ${prediction.height}.`,
    );
  }
  const { order, starts } = bySegment(truth, prediction);
  const pixels = order.length;
  if (pixels === 0) {
    throw new InvalidImageError('The labels have no cell interior to compare with. Leave such sections out.');
  }
  const truthSizes = new Int32Array(truth.count + 1);
  const shares = new Int32Array(truth.count + 1);
  const met = new Int32Array(truth.count + 1);
  const sizes: number[] = [];
  const overlaps: number[] = [];
  for (let segment = 0; segment <= prediction.count; segment++) {
    const from = starts[segment] as number;
    const to = starts[segment + 1] as number;
    let meetings = 0;
    for (let k = from; k < to; k++) {
      const own = truth.labels[order[k] as number] as number;
      if (shares[own] === 0) met[meetings++] = own;
      (shares[own] as number)++;
    }
    if (segment > 0 && to > from) sizes.push(to - from);
    for (let m = 0; m < meetings; m++) {
      const own = met[m] as number;
      const share = shares[own] as number;
      truthSizes[own] = (truthSizes[own] as number) + share;
      if (segment > 0) overlaps.push(share);
      shares[own] = 0;
    }
  }
  return {
    pixels,
    unassigned: starts[1] as number,
    truth: Array.from(truthSizes).filter((size) => size > 0),
    prediction: sizes,
    overlaps,
  };
}

/**
 * The pixels inside of true segments, sorted by predicted segment (counting sort): segment `s` holds `order` from
 * `starts[s]` to `starts[s + 1]`, those in none come first.
 */
function bySegment(truth: Segmentation, prediction: Segmentation): { order: Int32Array; starts: Int32Array } {
  const starts = new Int32Array(prediction.count + 2);
  for (let p = 0; p < truth.labels.length; p++) {
    if (truth.labels[p] !== 0) (starts[(prediction.labels[p] as number) + 1] as number)++;
  }
  for (let s = 1; s < starts.length; s++) starts[s] = (starts[s] as number) + (starts[s - 1] as number);
  const order = new Int32Array(starts.at(-1) as number);
  const next = starts.slice();
  for (let p = 0; p < truth.labels.length; p++) {
    if (truth.labels[p] === 0) continue;
    const segment = prediction.labels[p] as number;
    order[next[segment] as number] = p;
    (next[segment] as number)++;
  }
  return { order, starts };
}
