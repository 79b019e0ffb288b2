import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  applySymmetry,
  inverseSymmetry,
  readWindow,
  SYMMETRIES,
  type GreyImage,
  type Symmetry,
} from '../../src/index.ts';
import { expectSamePixels, noise } from '../support/images.ts';

const PLACES = [...SYMMETRIES.keys()];
const symmetryAt = (place: number): Symmetry => SYMMETRIES[place] as Symmetry;
const side = fc.integer({ min: 1, max: 12 });

describe('applySymmetry', () => {
  // 1 2 3
  // 4 5 6
  const image: GreyImage<Uint8Array> = { width: 3, height: 2, data: Uint8Array.of(1, 2, 3, 4, 5, 6) };

  it.each([
    // place, width, pixels, what it is
    [0, 3, [1, 2, 3, 4, 5, 6], 'the identity'],
    [1, 3, [3, 2, 1, 6, 5, 4], 'a mirror, left and right'],
    [2, 3, [4, 5, 6, 1, 2, 3], 'a mirror, top and bottom'],
    [3, 3, [6, 5, 4, 3, 2, 1], 'the half turn'],
    [4, 2, [1, 4, 2, 5, 3, 6], 'the mirror at the main diagonal'],
    [5, 2, [3, 6, 2, 5, 1, 4], 'the quarter turn counter-clockwise'],
    [6, 2, [4, 1, 5, 2, 6, 3], 'the quarter turn clockwise'],
    [7, 2, [6, 3, 5, 2, 4, 1], 'the mirror at the other diagonal'],
  ])('%i: %i columns of %j (%s)', (place, width, pixels) => {
    const turned = applySymmetry(image, symmetryAt(place));
    expect(turned).toEqual({ width, height: 6 / width, data: Uint8Array.from(pixels) });
  });

  it.each([
    ['Uint8Array', Uint8Array.of(7, 255)],
    ['Uint16Array', Uint16Array.of(700, 65535)],
    ['Float32Array', Float32Array.of(-0.1, 1e-30)],
  ])('keeps %s data, and the image as it was', (_, data) => {
    const before = data.slice();
    const turned = applySymmetry({ width: 2, height: 1, data }, symmetryAt(5));
    expect(turned).toEqual({ width: 1, height: 2, data: before.slice().reverse() });
    expect(turned.data.constructor).toBe(data.constructor);
    expect(data).toEqual(before);
    expect(applySymmetry({ width: 2, height: 1, data }, symmetryAt(0)).data.buffer).not.toBe(data.buffer);
  });

  it('is undone by the inverse, in either order', () => {
    fc.assert(
      fc.property(side, side, fc.constantFrom(...SYMMETRIES), (width, height, symmetry) => {
        const original = noise(width, height);
        const inverse = inverseSymmetry(symmetry);
        expectSamePixels(applySymmetry(applySymmetry(original, symmetry), inverse), original);
        expectSamePixels(applySymmetry(applySymmetry(original, inverse), symmetry), original);
      }),
    );
  });

  it('has the table of the dihedral group: what one and then another do is done by a third', () => {
    const swapped = (flips: number): number => ((flips & 1) << 1) | (flips >> 1);
    // Behind an exchange of the axes, a flip of x is one of y.
    const product = (first: number, second: number): number =>
      (first & 4) ^ (second & 4) ^ (first & 3) ^ (first & 4 ? swapped(second & 3) : second & 3);
    const original = noise(5, 3);
    for (const first of PLACES) {
      const once = applySymmetry(original, symmetryAt(first));
      for (const second of PLACES) {
        const twice = applySymmetry(once, symmetryAt(second));
        const alike = PLACES.filter((place) => sameImage(applySymmetry(original, symmetryAt(place)), twice));
        expect([first, second, alike]).toEqual([first, second, [product(first, second)]]);
      }
    }
  });

  it('has a quarter turn of order four', () => {
    const original = noise(6, 4);
    let image: GreyImage = original;
    const sides = Array.from({ length: 4 }, () => {
      image = applySymmetry(image, symmetryAt(6));
      return [image.width, image.height];
    });
    expect(sides).toEqual([[4, 6], [6, 4], [4, 6], [6, 4]]); // prettier-ignore
    expectSamePixels(image, original);
  });
});

describe('inverseSymmetry', () => {
  it('exchanges the quarter turns and leaves the others', () => {
    const places = PLACES.map((place) =>
      SYMMETRIES.findIndex((one) => JSON.stringify(one) === JSON.stringify(inverseSymmetry(symmetryAt(place)))),
    );
    expect(places).toEqual([0, 1, 2, 3, 4, 6, 5, 7]);
  });
});

describe('readWindow', () => {
  it('reads what lies in the window, as its cut-out would be turned', () => {
    const image = { width: 5, height: 4, data: Uint8Array.from({ length: 20 }, (_, i) => i) };
    const cut = { width: 3, height: 2, data: Uint8Array.of(6, 7, 8, 11, 12, 13) };
    for (const symmetry of SYMMETRIES) {
      const read = readWindow(image, { x: 1, y: 1, width: 3, height: 2 }, symmetry, new Uint8Array(6));
      expect(read).toEqual(applySymmetry(cut, symmetry).data);
    }
  });

  it('writes to the memory that it is given, of any kind', () => {
    const out = new Float32Array(4);
    const image = { width: 2, height: 2, data: Uint16Array.of(1, 2, 3, 65535) };
    expect(readWindow(image, { x: 0, y: 0, width: 2, height: 2 }, symmetryAt(3), out)).toBe(out);
    expect([...out]).toEqual([65535, 3, 2, 1]);
  });
});

function sameImage(a: GreyImage, b: GreyImage): boolean {
  return a.width === b.width && a.data.every((value, i) => value === b.data[i]);
}
