import { describe, expect, it } from 'vitest';
import { InvalidImageError, type GreyStack } from '@dilated-unet/core';
import { binaryLabels, requireBothClasses } from '../../src/index.ts';

const stack = (...values: number[]) => ({ width: values.length, height: 1, depth: 1, data: Uint16Array.from(values) });

describe('binaryLabels', () => {
  it('makes the other value 1', () => {
    expect(binaryLabels(stack(0, 65535, 0), 'labels.tif')).toEqual({
      ...stack(),
      width: 3,
      data: Uint8Array.of(0, 1, 0),
    });
  });

  it('makes the other value 0 where it stands for membrane', () => {
    expect([...binaryLabels(stack(0, 65535, 0), 'labels.tif', 'membrane').data]).toEqual([1, 0, 1]);
  });

  it.each([
    [[0, 0], /labels\.tif: labels must have two values, 0 for membrane .* found 0\. Nothing is labelled/],
    [[1, 255], /found 1, 255\. Save membrane as 0, without an inverting lookup table\./],
    [
      [0, 1, 2],
      /found 0, 1, 2\. Ids of cells: use `labelKind` instances\. Are labels and .*marks what nobody labelled, name it \(`ignore`\)\.$/,
    ],
    [[9, 8, 7, 6, 5, 4, 3], /found 4, 5, 6, 7, 8 and more\./],
  ])('refuses %j', (values, message) => {
    expect(() => binaryLabels(stack(...values), 'labels.tif')).toThrow(message);
  });

  it('says what is what of the other kind', () => {
    expect(() => binaryLabels(stack(1, 255), 'labels.tif', 'membrane')).toThrow(
      '0 for cell interior and one other for membrane; found 1, 255. Save cell interior as 0',
    );
  });

  it('refuses a value that is no number, which is not another value', () => {
    const labels = { width: 2, height: 2, depth: 1, data: Float32Array.of(0, 0, 0, Number.NaN) };
    expect(() => binaryLabels(labels, 'labels.tif')).toThrow(
      /^labels\.tif: the grey value at x 1, y 1 of section 1 is NaN/,
    );
  });
});

describe('requireBothClasses', () => {
  /** Sections of two pixels: both classes, membrane alone, interior alone. */
  const PIXELS: Readonly<Record<string, readonly number[]>> = { b: [0, 1], m: [0, 0], i: [1, 1] };
  const labelled = (kinds: string): GreyStack => ({
    width: 2,
    height: 1,
    depth: kinds.length,
    data: Uint8Array.from([...kinds].flatMap((kind) => PIXELS[kind] as number[])),
  });

  it('takes a stack whose sections have both', () => {
    expect(() => requireBothClasses(labelled('bbb'), 'labels.tif')).not.toThrow();
  });

  it.each([
    ['bmmm', 'labels.tif: sections 2 to 4 have no cell interior, as where'],
    [
      'bmb',
      'labels.tif: section 2 has no cell interior, as where nothing was labelled: neither training nor scores can use it.',
    ],
    ['bi', 'labels.tif: section 2 has no membrane, as'],
    ['mbibim', 'sections 3 and 5 have no membrane, sections 1 and 6 have no cell interior'],
    ['mmbmmmb', 'sections 1, 2 and 4 to 6 have no'],
    ['mb'.repeat(8), 'sections 1, 3, 5, 7, 9, 11 and 8 in all have no'],
  ])('names the sections of %s that have one', (kinds, message) => {
    expect(() => requireBothClasses(labelled(kinds), 'labels.tif')).toThrow(InvalidImageError);
    expect(() => requireBothClasses(labelled(kinds), 'labels.tif')).toThrow(message);
  });
});
