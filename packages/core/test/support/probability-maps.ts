import fc from 'fast-check';
import type { GreyImage } from '../../src/index.ts';
import { uniform } from './random.ts';

/**
 * What a network gives for a section of cells: near 1 inside, near 0 on membranes, which have gaps, with weak places in
 * between and grain.
 */
export function probabilityMap(width: number, height: number, seed = 1): GreyImage<Float32Array> {
  const draw = uniform(seed);
  const [a, b, c] = [draw() * 9, draw() * 9, draw() * 9];
  const data = new Float32Array(width * height);
  for (let y = 0, q = 0; y < height; y++) {
    for (let x = 0; x < width; x++, q++) {
      const walls = Math.abs(Math.sin(x / 9 + Math.sin(y / 13 + a)) * Math.sin(y / 8 + Math.cos(x / 15 + b)));
      const gaps = 0.25 * Math.sin(x / 5 + c) * Math.sin(y / 6);
      data[q] = (0.94 + 0.06 * draw()) / (1 + Math.exp(-14 * (walls + gaps - 0.3)));
    }
  }
  return { width, height, data };
}

/** Small maps of few different probabilities, so that plateaus, pits and ties are frequent. */
export const randomMap: fc.Arbitrary<GreyImage<Float32Array>> = fc
  .tuple(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 8 }))
  .chain(([width, height, levels]) =>
    fc
      .array(fc.integer({ min: 0, max: levels }), { minLength: width * height, maxLength: width * height })
      .map((draws) => ({ width, height, data: Float32Array.from(draws, (draw) => draw / levels) })),
  );
