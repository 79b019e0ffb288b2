import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidImageError, InvalidOptionError } from '../../src/errors.ts';
import { crop } from '../../src/image/crop.ts';
import { instanceMembranes, membraneReach, type IdImage } from '../../src/instances/instance-membranes.ts';

/** Rows of digits as ids. */
function ids(...rows: readonly string[]): IdImage {
  return { width: rows[0]?.length ?? 0, height: rows.length, data: [...rows.join('')].map(Number) };
}

/** Interior as a letter, membrane as a dot, row by row. */
function drawn(image: IdImage, boundaryWidth: number): readonly string[] {
  const { width, height, data } = instanceMembranes(image, boundaryWidth);
  const text = [...data].map((value) => (value === 1 ? 'i' : '.')).join('');
  return Array.from({ length: height }, (_, y) => text.slice(y * width, (y + 1) * width));
}

/** The definition, pixel by pixel. */
function byDefinition({ width, height, data }: IdImage, boundaryWidth: number): readonly number[] {
  const places = Array.from({ length: width * height }, (_, p) => ({ p, x: p % width, y: Math.floor(p / width) }));
  const square = (a: number, b: number): number => {
    const [from, to] = [places[a], places[b]] as [(typeof places)[0], (typeof places)[0]];
    return (from.x - to.x) ** 2 + (from.y - to.y) ** 2;
  };
  const cells = places.map(({ p }) => {
    if (data[p] !== 0) return data[p] as number;
    const others = places.filter((other) => data[other.p] !== 0);
    const least = Math.min(...others.map((other) => square(p, other.p)));
    const nearest = new Set(others.filter((other) => square(p, other.p) === least).map((other) => data[other.p]));
    return nearest.size > 1 ? 'line' : ([...nearest][0] ?? 0);
  });
  return places.map(({ p }) => {
    if (data[p] === 0) return 0;
    const distances = places
      .filter((other) => cells[other.p] !== data[p])
      .map((other) => Math.sqrt(square(p, other.p)) - (cells[other.p] === 'line' ? 0 : 0.5));
    return Math.min(...distances) < boundaryWidth / 2 ? 0 : 1;
  });
}

const randomIds = fc
  .record({ width: fc.integer({ min: 1, max: 9 }), height: fc.integer({ min: 1, max: 9 }) })
  .chain(({ width, height }) =>
    fc
      .array(fc.constantFrom(0, 0, 1, 1, 2, 3, 70000), { minLength: width * height, maxLength: width * height })
      .map((data): IdImage => ({ width, height, data })),
  );

describe('instanceMembranes', () => {
  it.each([
    [2, '1111122222', 'iiii..iiii'],
    [3, '1111122222', 'iiii..iiii'],
    [4, '1111122222', 'iii....iii'],
    [2, '1111022222', 'iiii.iiiii'],
    [3, '1111022222', 'iii...iiii'],
    [5, '1111022222', 'ii.....iii'],
    [4, '1110022222', 'ii....iiii'],
    [4, '1100002222', 'ii....iiii'],
    [4, '1000000222', 'i......iii'],
    [6, '1111100000', 'iiiii.....'],
    [6, '1111111111', 'iiiiiiiiii'],
    [2, '0000000000', '..........'],
  ])('parts cells by %i pixels: %s', (width, row, expected) => {
    expect(drawn(ids(row), width)).toEqual([expected]);
    const column = ids(...row);
    expect(drawn(column, width).join('')).toBe(expected);
  });

  it('keeps a narrow cell beside background, which is membrane by itself', () => {
    // Not eaten from its left side, where nothing but background is.
    expect(drawn(ids('00000111222'), 2)).toEqual(['.....ii..ii']);
  });

  it('goes round corners, and to the edge of the image', () => {
    expect(drawn(ids('11111', '11111', '11222', '11222', '11222'), 2)).toEqual([
      'iiiii',
      'i....',
      'i....',
      'i..ii',
      'i..ii',
    ]);
  });

  it('is its definition, on any ids and width', () => {
    fc.assert(
      fc.property(randomIds, fc.double({ min: 2, max: 9, noNaN: true }), (image, width) => {
        expect([...instanceMembranes(image, width).data]).toEqual(byDefinition(image, width));
      }),
      { numRuns: 1000 },
    );
  });

  it('is told of a pixel by the ids within its reach', () => {
    const side = 40;
    const image = fc.array(fc.constantFrom(0, 0, 0, 0, 1, 1, 2, 3), { minLength: side, maxLength: side }).map((ids) => {
      // Few seeds, so that background reaches far.
      const data = new Uint16Array(side * side);
      ids.forEach((id, k) => (data[(k * 997) % data.length] = id));
      return { width: side, height: side, data };
    });
    const width = fc.double({ min: 2, max: 8, noNaN: true });
    fc.assert(
      fc.property(image, width, fc.nat(side - 1), fc.nat(side - 1), (ids, boundaryWidth, x, y) => {
        const reach = membraneReach(boundaryWidth);
        const [left, top] = [Math.max(0, x - reach), Math.max(0, y - reach)];
        const part = {
          x: left,
          y: top,
          width: Math.min(side, x + reach + 1) - left,
          height: Math.min(side, y + reach + 1) - top,
        };
        const inside = instanceMembranes(crop(ids, part), boundaryWidth).data[(y - top) * part.width + x - left];
        expect(inside).toBe(instanceMembranes(ids, boundaryWidth).data[y * side + x]);
      }),
      { numRuns: 300 },
    );
  });

  it('does not care which numbers ids are, nor how far apart cells of one id lie', () => {
    const image = ids('1122', '1122', '3311', '3311');
    const renamed = { ...image, data: Array.from(image.data, (id) => id * 2 ** 40 + 7) };
    expect(drawn(renamed, 2)).toEqual(drawn(image, 2));
  });

  it.each([1.9, 0, -3, 101, Number.NaN])('refuses a width of %s', (width) => {
    expect(() => instanceMembranes(ids('12'), width)).toThrow(InvalidOptionError);
    expect(() => instanceMembranes(ids('12'), width)).toThrow(
      `boundaryWidth must be pixels, 2 to 100; received ${width}`,
    );
  });

  it('refuses ids of another size', () => {
    const image = { width: 3, height: 2, data: new Uint8Array(5) };
    expect(() => instanceMembranes(image, 2)).toThrow(InvalidImageError);
    expect(() => instanceMembranes(image, 2)).toThrow('Ids of 3 x 2 pixels must be 6; received 5.');
  });
});
