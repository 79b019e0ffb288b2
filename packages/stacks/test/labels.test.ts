import { describe, expect, it } from 'vitest';
import { binaryLabels } from '../src/index.ts';

const stack = (...values: number[]) => ({ width: values.length, height: 1, depth: 1, data: Uint16Array.from(values) });

describe('binaryLabels', () => {
  it('makes the other value 1', () => {
    expect(binaryLabels(stack(0, 65535, 0), 'labels.tif')).toEqual({
      ...stack(),
      width: 3,
      data: Uint8Array.of(0, 1, 0),
    });
  });

  it.each([
    [[0, 0], /labels\.tif: labels must have two values, 0 for membrane .* found 0\./],
    [[1, 255], /found 1, 255\./],
    [[0, 1, 2], /found 0, 1, 2\./],
    [[9, 8, 7, 6, 5, 4, 3], /found 4, 5, 6, 7, 8 and more\./],
  ])('refuses %j', (values, message) => {
    expect(() => binaryLabels(stack(...values), 'labels.tif')).toThrow(message);
  });
});
