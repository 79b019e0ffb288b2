/**
 * How a value between pixels is made of those around it. `cubic`: Catmull-Rom, sharp, may go beyond its neighbours. `linear`: stays
 * between them.
 */
export type Kernel = 'cubic' | 'linear';

/** Pixels along one axis, before and after; both cover the same extent. */
export interface AxisScale {
  readonly from: number;
  readonly to: number;
}

/** Of which pixels some new ones are made. */
export interface Taps {
  /** Of each new pixel: the first of its pixels. */
  readonly first: Int32Array;
  /** Of each new pixel: how many there are. */
  readonly count: Int32Array;
  /** Most of them. */
  readonly most: number;
  /** Axes new pixel, its pixel; `most` a row; those of a new pixel sum to 1. */
  readonly weights: Float64Array;
  /** All pixels that are needed: from `begin` (included) to `end` (excluded). */
  readonly begin: number;
  readonly end: number;
}

/** How far a kernel reaches, pixels of the coarser side. */
const REACH: Readonly<Record<Kernel, number>> = { cubic: 2, linear: 1 };

const SHAPES: Readonly<Record<Kernel, (distance: number) => number>> = {
  // Keys 1981, a = -1/2.
  cubic: (t) => (t < 1 ? (1.5 * t - 2.5) * t * t + 1 : ((-0.5 * t + 2.5) * t - 4) * t + 2),
  linear: (t) => 1 - t,
};

/**
 * The taps of new pixels `start` ... `start + length - 1`. Pixels are squares whose centres lie at half their side: the centre of new
 * pixel i is that of pixel (i + 1/2) from / to - 1/2. Where pixels become fewer, the kernel is widened by their ratio, so that
 * what is finer than a new pixel is averaged and not sampled. Pixels beyond the ends have no weight. They do not depend on
 * `start` and `length`.
 */
export function tapsOf({ from, to }: AxisScale, kernel: Kernel, start = 0, length = to): Taps {
  const shape = SHAPES[kernel];
  const width = Math.max(1, from / to);
  const radius = REACH[kernel] * width;
  const most = 2 * Math.ceil(radius) + 1;
  const first = new Int32Array(length);
  const count = new Int32Array(length);
  const weights = new Float64Array(length * most);
  let [begin, end] = [from, 0];
  for (let i = 0; i < length; i++) {
    const centre = ((2 * (start + i) + 1) * from - to) / (2 * to);
    // Those at the very end of the reach weigh nothing.
    let low = Math.max(0, Math.floor(centre - radius) + 1);
    let high = Math.min(from - 1, Math.ceil(centre + radius) - 1);
    const weigh = (pixel: number): number => shape(Math.abs(pixel - centre) / width);
    while (low < high && weigh(low) === 0) low++;
    while (high > low && weigh(high) === 0) high--;
    let sum = 0;
    for (let pixel = low; pixel <= high; pixel++) sum += weights[i * most + pixel - low] = weigh(pixel);
    for (let k = 0; k <= high - low; k++) weights[i * most + k] = (weights[i * most + k] as number) / sum;
    first[i] = low;
    count[i] = high - low + 1;
    begin = Math.min(begin, low);
    end = Math.max(end, high + 1);
  }
  return { first, count, most, weights, begin, end };
}
