import fc from 'fast-check';
import type { GreyImage } from '../../src/index.ts';

/** Masks of 0 and 1, from sparse to dense, up to 9 pixels wide and high. */
export const randomMask: fc.Arbitrary<GreyImage<Uint8Array>> = fc
  .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 10 }))
  .chain(([width, height, dense]) =>
    fc
      .array(fc.integer({ min: 0, max: 9 }), { minLength: width * height, maxLength: width * height })
      .map((draws) => ({ width, height, data: Uint8Array.from(draws, (draw) => (draw < dense ? 1 : 0)) })),
  );

/** The pairs of neighbouring pixels of an image: to the right of each other, and below each other. */
export function neighbourPairs({ width, height }: { width: number; height: number }): readonly [number, number][] {
  const pairs: [number, number][] = [];
  for (let p = 0; p < width * height; p++) {
    if (p % width < width - 1) pairs.push([p, p + 1]);
    if (p + width < width * height) pairs.push([p, p + width]);
  }
  return pairs;
}
