import { describe, expect, it } from 'vitest';
import {
  decidePixelSize,
  differs,
  InvalidOptionError,
  knownPixelSize,
  pixelText,
  resampledSize,
} from '../../src/index.ts';

const square = (side: number) => ({ y: side, x: side });

describe('knownPixelSize', () => {
  it('is what the caller says, else what the file states', () => {
    expect(knownPixelSize({})).toBeUndefined();
    expect(knownPixelSize({ asked: square(8) })).toEqual(square(8));
    expect(knownPixelSize({ stated: { z: 50, y: 4, x: 3.7 } })).toEqual({ z: 50, y: 4, x: 3.7 });
  });

  it('keeps the distance of sections where the file may be believed', () => {
    expect(knownPixelSize({ asked: square(8), stated: { z: 50, y: 4, x: 4 } })).toEqual({ z: 50, ...square(8) });
    expect(knownPixelSize({ asked: square(8), stated: { z: 1000, y: 1000, x: 1000 } })).toEqual(square(8));
  });
});

describe('decidePixelSize', () => {
  const model = square(4);

  it('takes images as they are where nothing says otherwise', () => {
    const nothing = { rescale: null, note: null };
    expect(decidePixelSize({})).toEqual(nothing);
    expect(decidePixelSize({ stated: square(8) })).toEqual(nothing);
    expect(decidePixelSize({ model })).toEqual(nothing);
    expect(decidePixelSize({ model, stated: square(4) })).toEqual(nothing);
    // Within a tenth, either way.
    for (const side of [4.4, 3.64]) expect(decidePixelSize({ model, stated: square(side) })).toEqual(nothing);
    expect(decidePixelSize({ model, asked: square(4), stated: square(8) })).toEqual(nothing);
  });

  it('resamples where a file states other pixels, and says how to leave them', () => {
    const { rescale, note } = decidePixelSize({ model, stated: square(8) });
    expect(rescale).toEqual({ from: square(8), to: model });
    expect(note).toContain('pixels of 8 nm, as the file states; the model was trained at 4 nm');
    // Not `pixelSize`, which results would then state.
    expect(note).toMatch(/To segment them as they are, give `modelPixelSize` 8\.$/);
    expect(decidePixelSize({ model, stated: { y: 4, x: 5 } }).rescale).toEqual({ from: { y: 4, x: 5 }, to: model });
    const oblong = decidePixelSize({ model, stated: { y: 8, x: 3.70001 } });
    expect(oblong.note).toMatch(/give `modelPixelSize` 8,3\.7\.$/);
  });

  it('believes the caller rather than the file', () => {
    const { rescale, note } = decidePixelSize({ model, asked: square(8), stated: square(4) });
    expect(rescale).toEqual({ from: square(8), to: model });
    expect(note).toContain('as you say');
  });

  it('does not believe a file that states what no micrograph has, and says so', () => {
    for (const side of [1000, 0.05, 352_777]) {
      const { rescale, note } = decidePixelSize({ model, stated: square(side) });
      expect(rescale).toBeNull();
      expect(note).toContain('it is not believed');
    }
  });

  it('refuses a size for a model that does not know its own', () => {
    const decide = () => decidePixelSize({ asked: square(8) });
    expect(decide).toThrow(InvalidOptionError);
    expect(decide).toThrow('`modelPixelSize`');
  });
});

describe('resampledSize', () => {
  it('keeps the extent, within half a pixel', () => {
    const size = { width: 1000, height: 512 };
    expect(resampledSize(size, { from: square(3.7), to: square(4) })).toEqual({ width: 925, height: 474 });
    expect(resampledSize(size, { from: { y: 8, x: 2 }, to: square(4) })).toEqual({ width: 500, height: 1024 });
    expect(resampledSize({ width: 1, height: 1 }, { from: square(1), to: square(4) })).toEqual({ width: 1, height: 1 });
  });

  it('refuses pixels that would become more than 8 times as large or small', () => {
    const size = { width: 100, height: 100 };
    expect(resampledSize(size, { from: square(32), to: square(4) })).toEqual({ width: 800, height: 800 });
    for (const side of [33, 0.4, 1000, NaN]) {
      expect(() => resampledSize(size, { from: square(side), to: square(4) })).toThrow(InvalidOptionError);
    }
  });
});

it('differs looks at both axes', () => {
  expect(differs(square(4), square(4), 0)).toBe(false);
  expect(differs({ y: 4, x: 5 }, square(4))).toBe(true);
  expect(differs(square(NaN), square(4))).toBe(true);
});

it('pixelText says what is in one number where it can', () => {
  expect(pixelText(square(3.70001))).toBe('3.7 nm');
  expect(pixelText({ y: 4, x: 3.7 })).toBe('4 x 3.7 nm (y, x)');
});
