import { expect, it } from 'vitest';
import { meanPairs, picked, reductionFor } from '../../src/view/reduced-square.ts';

it.each([
  [4, 1],
  [1, 1],
  [0.51, 1],
  [0.5, 2],
  [0.1, 8],
  [1e-6, 512],
])('a map at %f screen pixels for one of it is reduced by %i', (zoom, reduction) => {
  expect(reductionFor(zoom, 512)).toBe(reduction);
});

it('probabilities are the means of what is known, also in blocks that the border cuts', () => {
  const levels = { width: 3, height: 2, data: Uint8Array.of(1, 255, 255, 0, 0, 255) };
  expect(meanPairs(levels, 2)).toEqual({ width: 2, height: 1, data: Uint8Array.of(64, 128, 255, 255) });
  expect(meanPairs(levels, 1).data).toEqual(Uint8Array.of(0, 255, 255, 255, 255, 255, 0, 0, 0, 0, 255, 255));
});

it('numbers are those in the middle of blocks, also where the border cuts them', () => {
  const numbers = { width: 3, height: 3, data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9) };
  expect(picked(numbers, 1)).toEqual(numbers);
  expect(picked(numbers, 2)).toEqual({ width: 2, height: 2, data: Uint8Array.of(5, 6, 8, 9) });
});
