import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { translateStack, type GreyStack } from '../../src/index.ts';
import { noise } from '../support/images.ts';

const stack = (width: number, height: number, depth: number): GreyStack<Uint8Array> => {
  const { data } = noise(width, height * depth);
  return { width, height, depth, data };
};

describe('translateStack', () => {
  it('moves down and to the right by whole pixels, repeating the edge', () => {
    const data = Uint8Array.of(1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60);
    const moved = translateStack({ width: 3, height: 2, depth: 2, data }, { y: 1, x: -1 });
    expect(moved).toEqual({
      width: 3,
      height: 2,
      depth: 2,
      data: Float32Array.of(2, 3, 3, 2, 3, 3, 20, 30, 30, 20, 30, 30),
    });
  });

  it('interpolates linearly along both axes', () => {
    const data = Float32Array.of(0, 4, 8, 12);
    // Between all four pixels at (1, 1), which comes from (0.5, 0.25).
    const { data: moved } = translateStack({ width: 2, height: 2, depth: 1, data }, { y: 0.5, x: 0.75 });
    expect(moved[3]).toBe(0.5 * (0.75 * 0 + 0.25 * 4) + 0.5 * (0.75 * 8 + 0.25 * 12));
  });

  it('gives a copy where nothing moves', () => {
    const original = stack(7, 5, 2);
    const { data } = translateStack(original, { y: 0, x: 0 });
    expect(data).toEqual(Float32Array.from(original.data));
  });

  it('moves a ramp by exactly the offset, away from its edges', () => {
    const offsets = fc.double({ min: -3, max: 3, noNaN: true });
    fc.assert(
      fc.property(offsets, offsets, (y, x) => {
        const data = Float32Array.from({ length: 16 * 16 }, (_, i) => 3 * Math.floor(i / 16) - 2 * (i % 16));
        const moved = translateStack({ width: 16, height: 16, depth: 1, data }, { y, x });
        expect(moved.data[8 * 16 + 7]).toBeCloseTo(3 * (8 - y) - 2 * (7 - x), 4);
      }),
    );
  });

  it('keeps each section to itself', () => {
    const original = stack(6, 4, 3);
    const whole = translateStack(original, { y: -0.3, x: 1.6 });
    for (const z of [0, 1, 2]) {
      const alone = { ...original, depth: 1, data: original.data.subarray(z * 24, (z + 1) * 24) };
      expect(translateStack(alone, { y: -0.3, x: 1.6 }).data).toEqual(whole.data.slice(z * 24, (z + 1) * 24));
    }
  });
});
