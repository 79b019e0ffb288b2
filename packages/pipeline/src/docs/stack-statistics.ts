import { InvalidImageError, type GreyStack } from '@dilated-unet/core';

/** What can be compared between two labelled 8-bit stacks. Grey values 0 ... 255, shares and Dice 0 ... 1. */
export interface StackStatistics {
  readonly mean: number;
  readonly deviation: number;
  /** 1st, 5th, 25th, 50th, 75th, 95th and 99th percentile of the grey values. */
  readonly percentiles: readonly number[];
  readonly membraneMean: number;
  readonly interiorMean: number;
  readonly interiorShare: number;
  /** Largest Dice of the membranes that a threshold on the grey values reaches. */
  readonly thresholdDice: number;
  /** Dice of the membranes of one section with those of the next, mean over the stack. */
  readonly neighbourDice: number;
}

export const PERCENTILES = [1, 5, 25, 50, 75, 95, 99] as const;

/**
 * @param images 8 bit. @param labels interior above 0.
 * @throws InvalidImageError when the two differ in size or the images are not 8 bit.
 */
export function stackStatistics(images: GreyStack, labels: GreyStack): StackStatistics {
  if (!(images.data instanceof Uint8Array) || images.data.length !== labels.data.length) {
    throw new InvalidImageError(
      `Statistics need 8-bit images and labels of their size; received ${images.data.constructor.name} with ` +
        `${images.data.length} values and ${labels.data.length} labels.`,
    );
  }
  const membranes = new Float64Array(256);
  const interior = new Float64Array(256);
  images.data.forEach((value, i) => {
    const counts = (labels.data[i] as number) > 0 ? interior : membranes;
    counts[value] = (counts[value] as number) + 1;
  });
  const all = membranes.map((count, value) => count + (interior[value] as number));
  const mean = meanOf(all);
  return {
    mean,
    deviation: Math.sqrt(all.reduce((sum, count, v) => sum + count * (v - mean) ** 2, 0) / total(all)),
    percentiles: PERCENTILES.map((percent) => quantile(all, percent / 100)),
    membraneMean: meanOf(membranes),
    interiorMean: meanOf(interior),
    interiorShare: total(interior) / total(all),
    thresholdDice: bestThresholdDice(membranes, all),
    neighbourDice: neighbourDice(labels),
  };
}

function total(counts: Float64Array): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

function meanOf(counts: Float64Array): number {
  return counts.reduce((sum, count, value) => sum + count * value, 0) / total(counts);
}

/** The smallest grey value that at least this share of the pixels does not exceed. */
function quantile(counts: Float64Array, share: number): number {
  let left = share * total(counts);
  return counts.findIndex((count) => (left -= count) <= 0);
}

function bestThresholdDice(membranes: Float64Array, all: Float64Array): number {
  const positives = total(membranes);
  let [best, hit, taken] = [0, 0, 0];
  for (let threshold = 0; threshold < 256; threshold++) {
    hit += membranes[threshold] as number;
    taken += all[threshold] as number;
    best = Math.max(best, (2 * hit) / (taken + positives));
  }
  return best;
}

/** 1 for a stack of one section: it has nothing to differ from. */
function neighbourDice({ data, width, height, depth }: GreyStack): number {
  const size = width * height;
  let sum = 0;
  for (let z = 1; z < depth; z++) {
    let [both, either] = [0, 0];
    for (let i = z * size; i < (z + 1) * size; i++) {
      const here = data[i] === 0 ? 1 : 0;
      const before = data[i - size] === 0 ? 1 : 0;
      both += here * before;
      either += here + before;
    }
    sum += (2 * both) / either;
  }
  return depth === 1 ? 1 : sum / (depth - 1);
}
