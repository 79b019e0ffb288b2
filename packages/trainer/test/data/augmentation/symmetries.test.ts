import { InvalidOptionError } from '@dilated-unet/core';
import { describe, expect, it } from 'vitest';
import { SYMMETRY_COUNT, windowWalk } from '../../../src/data/augmentation/symmetries.ts';

/** A plane of 5 columns and 4 rows whose values are their indices. */
const COLUMNS = 5;
const WINDOW = { x: 1, y: 1, side: 3 };

function read(symmetry: number): number[] {
  const { start, stepX, stepY } = windowWalk(WINDOW, COLUMNS, symmetry);
  return Array.from({ length: 9 }, (_, i) => start + (i % 3) * stepX + Math.floor(i / 3) * stepY);
}

const transpose = (w: number[]): number[] => w.map((_, i) => w[(i % 3) * 3 + Math.floor(i / 3)] as number);

describe('windowWalk', () => {
  it('reads the window as it is under symmetry 0', () => {
    expect(read(0)).toEqual([6, 7, 8, 11, 12, 13, 16, 17, 18]);
  });

  it('flips x, flips y, and exchanges the axes, by bits', () => {
    expect(read(1)).toEqual([8, 7, 6, 13, 12, 11, 18, 17, 16]);
    expect(read(2)).toEqual([16, 17, 18, 11, 12, 13, 6, 7, 8]);
    expect(read(4)).toEqual([6, 11, 16, 7, 12, 17, 8, 13, 18]);
    expect(read(3)).toEqual([18, 17, 16, 13, 12, 11, 8, 7, 6]);
  });

  it('reads the same pixels under each of eight distinct symmetries', () => {
    const all = Array.from({ length: SYMMETRY_COUNT }, (_, symmetry) => read(symmetry));
    expect(new Set(all.map((values) => values.join())).size).toBe(8);
    for (const values of all) expect([...values].sort((a, b) => a - b)).toEqual(read(0));
  });

  it('is a group: each symmetry followed by the exchange of axes is one of the eight', () => {
    const all = new Set(Array.from({ length: SYMMETRY_COUNT }, (_, symmetry) => read(symmetry).join()));
    for (let symmetry = 0; symmetry < SYMMETRY_COUNT; symmetry++) {
      expect(all.has(transpose(read(symmetry)).join())).toBe(true);
    }
  });

  it.each([-1, 8, 0.5])('refuses symmetry %s', (bad) => {
    expect(() => windowWalk(WINDOW, COLUMNS, bad)).toThrow(InvalidOptionError);
  });
});
