import type { GreyData } from '@dilated-unet/core';

/** Most steps of a histogram. */
const BINS = 128;
/** Values that are looked at to find where the steps begin and end. */
const SAMPLED = 65_536;
/** Share of the values that may lie beyond each end, of more than 8 bits. */
const CUT = 0.001;

/** How often grey values occur. */
export interface Histogram {
  /** Where the first step begins, and where the last one ends. */
  readonly from: number;
  readonly to: number;
  /** The highest that is shown. */
  readonly highest: number;
  /** Values in each step; those beyond the ends are in none. */
  readonly counts: readonly number[];
}

/** Of whole numbers, each step has as many. Of 8 bits all are shown: those at the ends may be saturated. */
export function histogramOf(data: GreyData): Histogram {
  const isWhole = !(data instanceof Float32Array);
  const every = Math.ceil(data.length / SAMPLED);
  const sampled = Float64Array.from({ length: Math.ceil(data.length / every) }, (_, i) => data[i * every] as number);
  sampled.sort();
  const at = (share: number): number => sampled[Math.round(share * (sampled.length - 1))] as number;
  const cut = data instanceof Uint8Array ? 0 : CUT;
  const [low, high] = [at(cut), at(1 - cut)];
  const range = isWhole ? high - low + 1 : high - low || 1;
  const step = isWhole ? Math.ceil(range / BINS) : range / BINS;
  const counts = new Array<number>(Math.ceil(range / step)).fill(0);
  for (const value of data) {
    const place = Math.floor((value - low) / step);
    if (place >= 0 && place < counts.length) counts[place] = (counts[place] as number) + 1;
  }
  return { from: low, to: low + counts.length * step, highest: high, counts };
}
