import { expect } from 'vitest';
import { crop as cropTo, type GreyImage, type ReadableStack, type Rectangle } from '../../src/index.ts';
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
  return cropTo(image, { x: 0, y: 0, width, height });
}

/** `sections` of one size as a stack. @param onRead called with what is read. */
export function stackOf(
  sections: readonly GreyImage[],
  onRead: (z: number, region: Rectangle) => void = () => undefined,
): ReadableStack {
  const { width, height } = sections[0] as GreyImage;
  return {
    shape: [sections.length, height, width],
    read: (z, region) => {
      onRead(z, region);
      return Promise.resolve(cropTo(sections[z] as GreyImage, region));
    },
  };
}
