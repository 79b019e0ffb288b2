import type { GreyImage } from '../image/image.ts';

/**
 * The thresholds of the ISBI-2012 challenge: 0, 0.1, ... 1. The last lies just below 1, where the reference arrives by
 * adding 0.1 ten times, so that a probability of exactly 1 is interior at all of them.
 */
export const CHALLENGE_THRESHOLDS: readonly number[] = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1 - 2 ** -53];

/**
 * How many of `CHALLENGE_THRESHOLDS` each probability is above: it is interior at threshold `k` where its level is above
 * `k`.
 *
 * @param probability 0 ... 1; axes y, x.
 * @returns 0 ... 11; axes y, x.
 */
export function thresholdLevels({ data }: GreyImage): Uint8Array {
  const levels = new Uint8Array(data.length);
  for (let i = 0; i < levels.length; i++) {
    const p = data[i] as number;
    let level = 0;
    while (level < CHALLENGE_THRESHOLDS.length && p > (CHALLENGE_THRESHOLDS[level] as number)) level++;
    levels[i] = level;
  }
  return levels;
}
