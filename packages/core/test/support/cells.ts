import type { GreyImage } from '../../src/index.ts';
import { uniform } from './random.ts';

/** Bright cells between thin dark lines, with grain: 8 bits, about mean 140 and standard deviation 37. */
export function cells(width: number, height: number, seed = 1): GreyImage<Uint8Array> {
  const draw = uniform(seed);
  const isLine = (place: number): boolean => place % 32 < 6;
  const data = Uint8Array.from({ length: width * height }, (_, i) => {
    const line = isLine(i % width) || isLine(Math.floor(i / width));
    return (line ? 85 : 160) + 40 * (draw() - 0.5);
  });
  return { width, height, data };
}
