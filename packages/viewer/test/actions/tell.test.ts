import { expect, it } from 'vitest';
import { cellsText } from '../../src/actions/tell.ts';

it.each([
  [0, '0 cells'],
  [1, 'one cell'],
  [2, '2 cells'],
])('cells are counted in words: %i', (count, text) => {
  expect(cellsText(count)).toBe(text);
});
