/** Grey values of black and of white. */
export type GreyRange = readonly [black: number, white: number];

/** What detectors, converters and programs use, narrow ones first: unsigned integers of 8 to 16 bits, their signed forms, and 0 ... 1. */
export const COMMON_RANGES: readonly GreyRange[] = [
  [0, 1],
  [-1, 1],
  [0, 255],
  [-128, 127],
  [0, 1023],
  [0, 4095],
  [-2048, 2047],
  [0, 16383],
  [0, 65535],
  [-32768, 32767],
];

/** The narrowest common range that has `lowest` and `highest` in it; those themselves where none has. */
export function commonRange(lowest: number, highest: number): GreyRange {
  return COMMON_RANGES.find(([black, white]) => black <= lowest && highest <= white) ?? [lowest, highest];
}
