import { expect, it } from 'vitest';
import { requireContrast, requireFinite } from '../src/index.ts';

const stack = (...data: number[]) => ({ width: 2, height: 1, depth: data.length / 2, data: Float32Array.from(data) });

it.each([
  [
    [128, 128, 128, 128],
    'i.tif: every pixel of sections 1 and 2 has the grey value 128. Look at the file, and save the images again.',
  ],
  [[0, 0, 9, 9], 'i.tif: every pixel of sections 1 and 2 has one grey value a section. Look'],
  [
    [1, 2, 5, 5],
    'i.tif: every pixel of section 2 has the grey value 5. Leave such sections out of the images and of the labels. To pass over ' +
      'them, name them in `ignoreSections`.',
  ],
])('sections without contrast are named: %j', (values, message) => {
  expect(() => requireContrast(stack(...values), 'i.tif')).toThrow(message);
});

it('sections without contrast are passed over where none of their pixels counts', () => {
  expect(() => requireContrast(stack(1, 2, 5, 5), 'i.tif', Uint8Array.of(0, 0, 1, 1))).not.toThrow();
  expect(() => requireContrast(stack(1, 2, 5, 5), 'i.tif', Uint8Array.of(1, 1, 1, 0))).toThrow(
    'pixel of section 2 has',
  );
});

it('a contrast of one grey value is one', () => {
  expect(() => requireContrast(stack(128, 129, 0, 1), 'i.tif')).not.toThrow();
});

it.each([Number.NaN, Infinity, -Infinity])('a grey value of %s is named with its place', (value) => {
  expect(() => requireFinite(stack(1, 2, 3, value), 'i.tif')).toThrow(
    `i.tif: the grey value at x 1, y 0 of section 2 is ${value}. Replace such pixels by numbers, or leave the section out.`,
  );
  expect(() => requireFinite(stack(1, 2), 'i.tif')).not.toThrow();
});
