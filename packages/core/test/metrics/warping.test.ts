import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  connectedComponents,
  InvalidImageError,
  InvalidOptionError,
  warpingError,
  type GreyImage,
} from '../../src/index.ts';
import { matrix } from '../support/matrices.ts';
import { randomMask } from '../support/random-masks.ts';

/** Components of the background, 8-connected, the outside of the image being one of them. */
function backgrounds({ width, height, data }: GreyImage): number {
  const inside = (x: number, y: number): boolean =>
    x >= 0 && y >= 0 && x < width && y < height && data[y * width + x] !== 0;
  const seen = new Set<string>();
  let count = 0;
  for (let y = -1; y <= height; y++) {
    for (let x = -1; x <= width; x++) {
      if (inside(x, y) || seen.has(`${x} ${y}`)) continue;
      count++;
      for (const todo = [[x, y] as const]; todo.length > 0;) {
        const [u, v] = todo.pop() as readonly [number, number];
        if (u < -1 || v < -1 || u > width || v > height || inside(u, v) || seen.has(`${u} ${v}`)) continue;
        seen.add(`${u} ${v}`);
        for (const dx of [-1, 0, 1]) for (const dy of [-1, 0, 1]) todo.push([u + dx, v + dy]);
      }
    }
  }
  return count;
}

/** The error by its definition: each round goes through all pixels that differ. */
function byRounds({ width, height, data }: GreyImage, label: GreyImage): number {
  const stride = width + 2;
  const warped = new Uint8Array(stride * (height + 2));
  let todo: number[] = [];
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) {
      const at = (y + 1) * stride + x + 1;
      warped[at] = label.data[y * width + x] as number;
      if ((warped[at] === 1) !== (data[y * width + x] as number) > 0.5) todo.push(at);
    }
  }
  const certainty = (at: number): number =>
    Math.fround(Math.abs((data[(Math.floor(at / stride) - 1) * width + (at % stride) - 1] as number) - 0.5));
  todo.sort((a, b) => certainty(b) - certainty(a));
  /** Of the eight around a pixel in a circle from the right: interior that is not joined to the next interior. */
  const isSimple = (at: number): boolean => {
    const circle = [1, 1 - stride, -stride, -1 - stride, -1, -1 + stride, stride, 1 + stride];
    const value = (k: number): number => warped[at + (circle[k % 8] as number)] as number;
    return [0, 2, 4, 6].filter((k) => value(k) === 1 && !(value(k + 1) === 1 && value(k + 2) === 1)).length === 1;
  };
  for (let before = -1; before !== todo.length;) {
    before = todo.length;
    todo = todo.filter((at) => {
      if (!isSimple(at)) return true;
      warped[at] = 1 - (warped[at] as number);
      return false;
    });
  }
  return todo.length;
}

/** Pixels that remain wrong. */
const remaining = (probability: GreyImage, label: GreyImage): number =>
  Math.round(warpingError(probability, label) * label.data.length);

describe('the warping error', () => {
  it('forgives borders that moved', () => {
    const label = matrix('111.111', '111.111', '111.111');
    expect(warpingError(matrix('11.1111', '11.1111', '11.1111'), label)).toBe(0);
    expect(warpingError(matrix('.......', '..1.1..', '.......'), label)).toBe(0);
  });

  it('by hand: a merge counts the pixels of the gap that closed', () => {
    expect(warpingError(matrix('111', '111', '111'), matrix('1.1', '1.1', '1.1'))).toBe(3 / 9);
    // Two of three pixels between two segments may become interior; the last keeps them apart.
    expect(warpingError(matrix('11111'), matrix('1...1'))).toBe(1 / 5);
  });

  it('by hand: split, hole, and segments that appear or vanish', () => {
    expect(warpingError(matrix('1.1'), matrix('111'))).toBe(1 / 3);
    expect(warpingError(matrix('111', '1.1', '111'), matrix('111', '111', '111'))).toBe(1 / 9);
    expect(warpingError(matrix('111', '111', '111'), matrix('111', '1.1', '111'))).toBe(1 / 9);
    expect(warpingError(matrix('...', '.1.', '...'), matrix('...', '...', '...'))).toBe(1 / 9);
    expect(warpingError(matrix('...', '...', '...'), matrix('...', '.1.', '...'))).toBe(1 / 9);
    // A block shrinks to a pixel, and stays.
    expect(warpingError(matrix('...', '...'), matrix('.11', '.11'))).toBe(1 / 6);
  });

  it('by hand: pixels that touch at a corner are apart, so that the second is one more segment', () => {
    expect(warpingError(matrix('1.', '.1'), matrix('1.', '..'))).toBe(1 / 4);
    expect(warpingError(matrix('11', '.1'), matrix('1.', '..'))).toBe(0);
  });

  it('flips the surest pixels first', () => {
    const label = matrix('11.', '111', '111');
    const target = matrix('111', '1.1', '1.1');
    const sure = (corner: number, middle: number, lower: number): GreyImage => ({
      ...target,
      data: Float32Array.from(target.data, (value, p) => {
        const certainty = { 2: corner, 4: middle, 7: lower }[p] ?? 0.3;
        return value === 1 ? 0.5 + certainty : 0.5 - certainty;
      }),
    });
    // From the lower end the gap grows upwards.
    expect(remaining(sure(0.2, 0.1, 0.3), label)).toBe(0);
    // From the middle it opens to the corner; then neither the corner nor the lower end can follow.
    expect(remaining(sure(0.2, 0.3, 0.1), label)).toBe(2);
  });

  it('goes column by column where it is equally sure, and round by round', () => {
    const label = matrix('111', '111', '11.');
    // The middle opens to the lower right corner, which bars both others.
    expect(remaining(matrix('11.', '1.1', '111'), label)).toBe(2);
    // The lower left corner goes first and bars the middle until the lower right one is filled: a second round.
    expect(remaining(matrix('111', '1.1', '.11'), label)).toBe(0);
  });

  it('moves with the threshold, at which a pixel is membrane', () => {
    const probability = { width: 3, height: 1, data: Float32Array.of(0.9, 0.75, 0.9) };
    const label = matrix('1.1');
    expect(warpingError(probability, label)).toBe(1 / 3);
    expect(warpingError(probability, label, { threshold: 0.75 })).toBe(0);
    expect(warpingError(probability, matrix('111'), { threshold: 0.75 })).toBe(1 / 3);
  });

  it('takes labels of 255 as those of 1', () => {
    const label = { width: 3, height: 1, data: Uint8Array.of(255, 0, 255) };
    expect(warpingError(matrix('111'), label)).toBe(1 / 3);
  });

  it('flips a pixel exactly where no segment, nor background, appears, vanishes, splits or merges: 512 patches', () => {
    for (let bits = 0; bits < 512; bits++) {
      const label: GreyImage = { width: 3, height: 3, data: Uint8Array.from({ length: 9 }, (_, p) => (bits >> p) & 1) };
      const flipped = { ...label, data: label.data.map((value, p) => (p === 4 ? 1 - value : value)) };
      const same =
        connectedComponents(label).count === connectedComponents(flipped).count &&
        backgrounds(label) === backgrounds(flipped);
      expect(remaining(flipped, label), `${bits.toString(2).padStart(9, '0')}`).toBe(same ? 0 : 1);
    }
  });

  it('is 0 for the labels themselves, and never more than the share of wrong pixels', () => {
    fc.assert(
      fc.property(randomMask, fc.infiniteStream(fc.boolean()), (label, noise) => {
        expect(warpingError(label, label)).toBe(0);
        const drawn = [...noise.take(label.data.length)];
        const prediction = { ...label, data: label.data.map((value, p) => (drawn[p] ? value : 1 - value)) };
        const wrong = drawn.filter((kept) => !kept).length;
        expect(remaining(prediction, label)).toBeLessThanOrEqual(wrong);
        // What remains is topology: as many segments more or less cannot be had for fewer pixels.
        const difference = connectedComponents(prediction).count - connectedComponents(label).count;
        if (difference !== 0) expect(remaining(prediction, label)).toBeGreaterThan(0);
      }),
      { numRuns: 300 },
    );
  });

  it('is what rounds through all pixels give, of any order of certainty', () => {
    const levels = fc.constantFrom(2, 3, 8, 256);
    fc.assert(
      fc.property(randomMask, levels, fc.infiniteStream(fc.nat(1 << 20)), (label, steps, noise) => {
        const drawn = Float32Array.from(noise.take(label.data.length), (value) => (value % steps) / (steps - 1));
        const prediction = { ...label, data: drawn };
        expect(remaining(prediction, label)).toBe(byRounds(prediction, label));
      }),
      { numRuns: 500 },
    );
  });

  it('rejects images that do not fit, and thresholds out of range', () => {
    expect(() => warpingError(matrix('11'), matrix('1'))).toThrow(InvalidImageError);
    expect(() => warpingError(matrix('11'), matrix('1'))).toThrow(
      'size of the prediction, 2 x 1 pixels; received 1 x 1',
    );
    for (const threshold of [-0.1, 1.1, Number.NaN]) {
      expect(() => warpingError(matrix('1'), matrix('1'), { threshold })).toThrow(InvalidOptionError);
    }
  });
});
