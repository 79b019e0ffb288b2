import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { padImage, type GreyImage } from '../../src/index.ts';
import { sourcePositions } from '../../src/tiling/pad.ts';

describe('sourcePositions', () => {
  it.each([
    // length, padded, why
    [4, 4, [0, 1, 2, 3], 'nothing to add'],
    [4, 6, [0, 1, 2, 3, 2, 1], 'reflection without the edge'],
    [4, 7, [0, 1, 2, 3, 2, 1, 0], 'reflection back to the first pixel'],
    [4, 8, [0, 1, 2, 3, 3, 3, 3, 3], 'too thin to reflect: the edge is repeated'],
    [1, 4, [0, 0, 0, 0], 'one pixel'],
    [2, 3, [0, 1, 0], 'two pixels, one to add'],
  ])('%i to %i pixels: %j (%s)', (length, padded, expected) => {
    expect([...sourcePositions(length, padded)]).toEqual(expected);
  });
});

describe('padImage', () => {
  it('extends the bottom and right edges only', () => {
    const image: GreyImage = { width: 3, height: 2, data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
    expect(padImage(image, 4)).toEqual({
      width: 4,
      height: 4,
      data: Uint8Array.of(
        ...[1, 2, 3, 2],
        ...[4, 5, 6, 5],
        ...[4, 5, 6, 5], // two rows are too few to reflect two
        ...[4, 5, 6, 5],
      ),
    });
  });

  it.each([
    ['Uint8Array', Uint8Array.of(7, 9)],
    ['Uint16Array', Uint16Array.of(700, 900)],
    ['Float32Array', Float32Array.of(-0.5, 0.25)],
  ])('keeps %s data', (_, data) => {
    const padded = padImage({ width: 2, height: 1, data }, 3);
    expect(padded.data.constructor).toBe(data.constructor);
    expect([...padded.data.subarray(0, 3)]).toEqual([data[0], data[1], data[0]]);
  });

  it('keeps the image as it is, up to the next multiples of the stride', () => {
    const side = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(side, side, fc.integer({ min: 1, max: 16 }), (width, height, stride) => {
        const image = { width, height, data: Uint16Array.from({ length: width * height }, (_, i) => i) };
        const padded = padImage(image, stride);
        expect(padded.width % stride).toBe(0);
        expect(padded.height % stride).toBe(0);
        expect(padded.width - width).toBeLessThan(stride);
        expect(padded.height - height).toBeLessThan(stride);
        for (let y = 0; y < height; y++) {
          const row = padded.data.subarray(y * padded.width, y * padded.width + width);
          expect([...row]).toEqual([...image.data.subarray(y * width, (y + 1) * width)]);
        }
      }),
    );
  });
});
