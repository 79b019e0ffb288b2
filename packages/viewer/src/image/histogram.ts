import type { GreyImage } from '@dilated-unet/core';

/** How often grey values occur. */
export interface Histogram {
  /** Lowest and highest grey value. */
  readonly lowest: number;
  readonly highest: number;
  /** Pixels per bin, from `lowest` to `highest` in equal steps. */
  readonly counts: readonly number[];
  /** Black and white for a picture in which half a percent of the pixels is clipped at either end. */
  readonly stretched: readonly [black: number, white: number];
}

const BINS = 128;
const CLIPPED = 0.005;

/** The grey values of `image`; those that are not finite are passed over. */
export function histogram({ data }: GreyImage): Histogram {
  let [lowest, highest] = [Infinity, -Infinity];
  for (const value of data) {
    if (value < lowest && value > -Infinity) lowest = value;
    if (value > highest && value < Infinity) highest = value;
  }
  if (!(lowest <= highest)) [lowest, highest] = [0, 1];
  const width = (highest - lowest) / BINS || 1;
  const counts = new Array<number>(BINS).fill(0);
  let pixels = 0;
  for (const value of data) {
    if (!Number.isFinite(value)) continue;
    const bin = Math.min(BINS - 1, Math.floor((value - lowest) / width));
    counts[bin] = (counts[bin] as number) + 1;
    pixels++;
  }
  const edge = (bins: readonly number[]): number => {
    let sum = 0;
    return bins.findIndex((count) => (sum += count) > CLIPPED * pixels);
  };
  const [black, white] = [edge(counts), edge(counts.toReversed())].map((bin) => Math.max(0, bin)) as [number, number];
  return { lowest, highest, counts, stretched: [lowest + black * width, highest - white * width] };
}
