import { describe, expect, test } from 'vitest';
import { paddingOf } from '../../src/image/padding.ts';
import { uniform } from '../support/random.ts';

/** Pixels of each row that lie among 16 equal ones or more, found one by one. */
function oneByOne(width: number, data: Uint8Array): Uint8Array {
  return data.map((value, i) => {
    const begin = i - (i % width);
    let [from, to] = [i, i + 1];
    while (from > begin && data[from - 1] === value) from--;
    while (to < begin + width && data[to] === value) to++;
    return to - from >= 16 ? 1 : 0;
  });
}

/** Rows of stretches of random length, of few values. */
function stretches(length: number, next: () => number): Uint8Array {
  const data = new Uint8Array(length);
  for (let from = 0; from < length;) {
    const to = from + 1 + Math.floor(next() * (next() < 0.5 ? 4 : 40));
    data.fill(Math.floor(next() * 3), from, to);
    from = to;
  }
  return data;
}

describe('padding', () => {
  test.each([1, 15, 16, 17, 23, 24, 31, 64, 100])(
    'is found where it begins and ends, in rows of %i pixels',
    (width) => {
      const next = uniform(width);
      for (let run = 0; run < 200; run++) {
        const height = 1 + Math.floor(next() * 4);
        const data = stretches(width * height, next);
        const expected = oneByOne(width, data);
        const isNone = !expected.includes(1) || (!expected.includes(0) && data.some((value) => value !== data[0]));
        expect(paddingOf({ width, height, data })).toEqual(isNone ? null : expected);
      }
    },
  );
});
