import type { GreyImage, Offset, Rectangle } from '@dilated-unet/core';
import { IGNORED } from '@dilated-unet/stacks';
import type { Displacement } from './elastic.ts';
import type { LinearMap } from './linear-map.ts';
import type { SquareWindow } from './symmetries.ts';

/** In the labels of a window: a pixel that the loss does not count. `writeLoss` takes labels below 0 as such. */
export const NOT_COUNTED = -1;

/** Where in a section the pixels of a window come from: columns and rows, fractions included. Axes y, x. */
export interface SourcePositions {
  readonly x: Float32Array;
  readonly y: Float32Array;
}

/** A section, or the part of it that is in memory. */
export interface Plane extends GreyImage {
  /** The section, where this is a part of it: its sides, and the first column and row of the part. @default this is all of it */
  readonly of?: Rectangle | undefined;
}

/** The part of a section of the sides `size` that `resampleGrey` and, moved by `offset`, `interpolateLabels` look at. */
export function regionOf(
  { x, y }: SourcePositions,
  { width, height }: { readonly width: number; readonly height: number },
  offset: Offset = { x: 0, y: 0 },
): Rectangle {
  const across = spanOf(x, width, offset.x);
  const down = spanOf(y, height, offset.y);
  return { x: across.first, y: down.first, width: across.length, height: down.length };
}

/** First and last index that a kernel of four pixels about `positions` touches, moved or not, reflected into 0 ... length - 1. */
function spanOf(
  positions: Float32Array,
  length: number,
  offset: number,
): { readonly first: number; readonly length: number } {
  let [least, most] = [Infinity, -Infinity];
  for (const position of positions) {
    if (position < least) least = position;
    if (position > most) most = position;
  }
  const from = Math.floor(least + Math.min(0, offset)) - 1;
  const to = Math.floor(most + Math.max(0, offset)) + 2;
  // What lies beyond an end is seen in the mirror there: as far inside of it, or all where it is farther than the other end.
  const last = length - 1;
  if (from < -last || to > 2 * last) return { first: 0, length };
  const first = to > last ? Math.max(0, Math.min(from, 2 * last - to)) : Math.max(0, from);
  const end = from < 0 ? Math.min(last, Math.max(to, -from)) : Math.min(last, to);
  return { first, length: end - first + 1 };
}

/** The positions that show `window` under `map`, about its middle, and then displaced. */
export function sourcePositions(
  { x: left, y: top, side }: SquareWindow,
  { xx, xy, yx, yy }: LinearMap,
  displacement: Displacement | null,
): SourcePositions {
  const middle = (side - 1) / 2;
  const x = new Float32Array(side * side);
  const y = new Float32Array(side * side);
  for (let row = 0; row < side; row++) {
    const v = row - middle;
    for (let column = 0; column < side; column++) {
      const u = column - middle;
      const i = row * side + column;
      x[i] = left + middle + xx * u + xy * v + (displacement === null ? 0 : (displacement.x[i] as number));
      y[i] = top + middle + yx * u + yy * v + (displacement === null ? 0 : (displacement.y[i] as number));
    }
  }
  return { x, y };
}

/**
 * The grey values of `plane` at `positions`, by cubic convolution (Keys, IEEE Trans. ASSP 29:1153, 1981, a = -1/2).
 * White noise keeps 0.66 of its variance on average, under linear interpolation 0.44: the less is lost, the less a
 * network's training windows are smoother than the sections that it will see. Beyond its border the plane is reflected, the edge pixel not repeated. A position on
 * a pixel gives its value exactly.
 *
 * @returns raw grey values, float32; those next to a sharp edge may leave the plane's range by some percent of it.
 */
export function resampleGrey(plane: Plane, positions: SourcePositions): Float32Array<ArrayBuffer> {
  const { data, width: stride } = plane;
  const { x: firstColumn, y: firstRow, width, height } = sectionOf(plane);
  const out = new Float32Array(positions.x.length);
  const columns = new Int32Array(4);
  for (let i = 0; i < out.length; i++) {
    const px = positions.x[i] as number;
    const py = positions.y[i] as number;
    const left = Math.floor(px);
    const top = Math.floor(py);
    const s = px - left;
    const t = py - top;
    const a = ((1 - 0.5 * s) * s - 0.5) * s;
    const b = (1.5 * s - 2.5) * s * s + 1;
    const c = ((2 - 1.5 * s) * s + 0.5) * s;
    const d = (0.5 * s - 0.5) * s * s;
    const whole = left >= 1 && left + 2 < width;
    for (let k = 0; k < 4; k++) columns[k] = (whole ? left - 1 + k : reflect(left - 1 + k, width)) - firstColumn;
    const [c0, c1, c2, c3] = columns as unknown as [number, number, number, number];
    let sum = 0;
    for (let k = 0; k < 4; k++) {
      const weight =
        k === 0
          ? ((1 - 0.5 * t) * t - 0.5) * t
          : k === 1
            ? (1.5 * t - 2.5) * t * t + 1
            : k === 2
              ? ((2 - 1.5 * t) * t + 0.5) * t
              : (0.5 * t - 0.5) * t * t;
      const row = top - 1 + k;
      const at = ((row >= 0 && row < height ? row : reflect(row, height)) - firstRow) * stride;
      sum +=
        weight *
        (a * (data[at + c0] as number) +
          b * (data[at + c1] as number) +
          c * (data[at + c2] as number) +
          d * (data[at + c3] as number));
    }
    out[i] = sum;
  }
  return out;
}

/** The values of `plane` at the pixels nearest to `positions`; beyond its border as `resampleGrey`. */
export function resampleLabels(plane: Plane, positions: SourcePositions): Float32Array<ArrayBuffer> {
  const { data, width: stride } = plane;
  const { x: firstColumn, y: firstRow, width, height } = sectionOf(plane);
  const out = new Float32Array(positions.x.length);
  for (let i = 0; i < out.length; i++) {
    const x = Math.round(positions.x[i] as number);
    const y = Math.round(positions.y[i] as number);
    const column = x >= 0 && x < width ? x : reflect(x, width);
    const row = y >= 0 && y < height ? y : reflect(y, height);
    out[i] = data[(row - firstRow) * stride + column - firstColumn] as number;
  }
  return out;
}

/**
 * The share of interior of `plane` at `positions` moved by `offset`, by linear interpolation between the pixels, interior (above
 * 0) counting 1 and membrane 0; beyond its border as `resampleGrey`. By an offset of half a pixel the nearest pixel would be
 * half a pixel off; the share is its mean over all ways to round, also in the cross-entropy, which is linear in labels. Where one
 * of those pixels is `IGNORED`, nobody knows the share: it is `NOT_COUNTED`.
 */
export function interpolateLabels(plane: Plane, positions: SourcePositions, offset: Offset): Float32Array<ArrayBuffer> {
  const { data, width: stride } = plane;
  const { x: firstColumn, y: firstRow, width, height } = sectionOf(plane);
  const out = new Float32Array(positions.x.length);
  const at = (y: number, x: number): number => {
    const row = y >= 0 && y < height ? y : reflect(y, height);
    const column = x >= 0 && x < width ? x : reflect(x, width);
    const label = data[(row - firstRow) * stride + column - firstColumn] as number;
    if (label === IGNORED) isCounted = false;
    return label > 0 ? 1 : 0;
  };
  let isCounted = true;
  for (let i = 0; i < out.length; i++) {
    const x = (positions.x[i] as number) + offset.x;
    const y = (positions.y[i] as number) + offset.y;
    const [left, top] = [Math.floor(x), Math.floor(y)];
    const [s, t] = [x - left, y - top];
    isCounted = true;
    // A pixel of no weight says nothing, not even that it does not count.
    const upper = at(top, left) * (1 - s) + (s === 0 ? 0 : at(top, left + 1) * s);
    const lower = t === 0 ? 0 : at(top + 1, left) * (1 - s) + (s === 0 ? 0 : at(top + 1, left + 1) * s);
    out[i] = isCounted ? upper * (1 - t) + lower * t : NOT_COUNTED;
  }
  return out;
}

/** The section that `plane` is a part of: its sides, and where in it the plane begins. */
function sectionOf({ width, height, of }: Plane): Rectangle {
  return of ?? { x: 0, y: 0, width, height };
}

/** The index within 0 ... length - 1 at which a mirror at both end pixels shows `index`. */
function reflect(index: number, length: number): number {
  const period = Math.max(1, 2 * (length - 1));
  const phase = ((index % period) + period) % period;
  return phase < length ? phase : period - phase;
}
