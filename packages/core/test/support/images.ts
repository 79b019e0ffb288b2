import { expect } from 'vitest';
import type { GreyImage } from '../../src/index.ts';
import { uniform } from './random.ts';

/** An image of grey values in 0 ... 255 without any pattern. */
export function noise(width: number, height: number, seed = 1): GreyImage<Uint8Array> {
  const draw = uniform(seed);
  return { width, height, data: Uint8Array.from({ length: width * height }, () => Math.floor(draw() * 256)) };
}

/** Like `toEqual`, but fast on large images, and it names the first pixel that differs. */
export function expectSamePixels(actual: GreyImage, expected: GreyImage): void {
  expect([actual.width, actual.height]).toEqual([expected.width, expected.height]);
  expect(actual.data.length).toBe(expected.data.length);
  const at = actual.data.findIndex((value, i) => !Object.is(value, expected.data[i]));
  const where = `x ${at % actual.width}, y ${Math.floor(at / actual.width)}`;
  if (at >= 0) expect.fail(`at ${where}: ${actual.data[at]} instead of ${expected.data[at]}`);
}

/** The part of `image` that `width` x `height` pixels at its upper left cover. */
export function crop(image: GreyImage<Float32Array>, width: number, height: number): GreyImage<Float32Array> {
  const data = new Float32Array(width * height);
  for (let y = 0; y < height; y++) data.set(image.data.subarray(y * image.width, y * image.width + width), y * width);
  return { width, height, data };
}
