import { emptyLike, type GreyData, type GreyImage } from '../image/image.ts';
import type { Rectangle } from '../image/rectangle.ts';
import { tapsOf, type AxisScale, type Kernel, type Taps } from './axis.ts';

/** Sides of an image, pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Sides of an image before and after; both cover the same extent. */
export interface Rescaling {
  readonly from: Size;
  readonly to: Size;
}

/** How `region` of a new image is made of pixels of the old one. */
export interface RegionTaps {
  readonly across: Taps;
  readonly down: Taps;
  /** The pixels that are needed. */
  readonly needed: Rectangle;
}

export const alongX = ({ from, to }: Rescaling): AxisScale => ({ from: from.width, to: to.width });
export const alongY = ({ from, to }: Rescaling): AxisScale => ({ from: from.height, to: to.height });

/** @param region of the new image, pixels of it. */
export function regionTaps(rescaling: Rescaling, region: Rectangle, kernel: Kernel): RegionTaps {
  const across = tapsOf(alongX(rescaling), kernel, region.x, region.width);
  const down = tapsOf(alongY(rescaling), kernel, region.y, region.height);
  const needed = {
    x: across.begin,
    y: down.begin,
    width: across.end - across.begin,
    height: down.end - down.begin,
  };
  return { across, down, needed };
}

/** Rows of `image`, which begin at column `x`, resampled across: axes y, x; not rounded. */
export function resampleAcross({ width, height, data }: GreyImage, x: number, across: Taps): Float64Array {
  const { first, count, most, weights } = across;
  const columns = first.length;
  const out = new Float64Array(height * columns);
  for (let y = 0; y < height; y++) {
    const row = y * width - x;
    for (let i = 0; i < columns; i++) {
      const from = row + (first[i] as number);
      const taps = count[i] as number;
      let sum = 0;
      for (let k = 0; k < taps; k++) sum += (weights[i * most + k] as number) * (data[from + k] as number);
      out[y * columns + i] = sum;
    }
  }
  return out;
}

/** New row number `i` of `down`: what `rowOf` gives of its rows, weighed and summed into `sums`, which it overwrites. */
export function resampleDown(down: Taps, i: number, rowOf: (y: number) => Float64Array, sums: Float64Array): void {
  const { first, count, most, weights } = down;
  sums.fill(0);
  for (let k = 0; k < (count[i] as number); k++) {
    const row = rowOf((first[i] as number) + k);
    const weight = weights[i * most + k] as number;
    for (let x = 0; x < sums.length; x++) sums[x] = (sums[x] as number) + weight * (row[x] as number);
  }
}

/** Writes `sums` into `out` from `at` on: rounded and cut to the range of whole numbers, where it holds those. */
export function store(sums: Float64Array, out: GreyData, at: number): void {
  const most = { Uint8Array: 255, Uint16Array: 65535, Float32Array: null }[out[Symbol.toStringTag]];
  for (let x = 0; x < sums.length; x++) {
    const value = sums[x] as number;
    out[at + x] = most === null ? value : Math.max(0, Math.min(most, Math.floor(value + 0.5)));
  }
}

/**
 * `region` of an image of size `to` that is made of one of size `from`; what a region gets does not depend on it.
 *
 * @param image the pixels of `needed` of `regionTaps`; axes y, x.
 */
export function resampleRegion<T extends GreyData>(image: GreyImage<T>, taps: RegionTaps): GreyImage<T> {
  const { across, down, needed } = taps;
  const [width, height] = [across.first.length, down.first.length];
  const rows = resampleAcross(image, needed.x, across);
  const rowOf = (y: number): Float64Array => rows.subarray((y - needed.y) * width, (y - needed.y + 1) * width);
  const data = emptyLike(image.data, width * height);
  const sums = new Float64Array(width);
  for (let i = 0; i < height; i++) {
    resampleDown(down, i, rowOf, sums);
    store(sums, data, i * width);
  }
  return { width, height, data };
}

/** `image` with the sides `to`: axes y, x; whole numbers are rounded. @param kernel @default 'cubic' */
export function resampleImage<T extends GreyData>(
  image: GreyImage<T>,
  to: Size,
  kernel: Kernel = 'cubic',
): GreyImage<T> {
  const whole = { x: 0, y: 0, width: to.width, height: to.height };
  const taps = regionTaps({ from: image, to }, whole, kernel);
  return resampleRegion(image, taps);
}
