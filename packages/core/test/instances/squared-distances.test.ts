import fc from 'fast-check';
import { expect, it } from 'vitest';
import { squaredDistances } from '../../src/instances/squared-distances.ts';
import { randomMask } from '../support/random-masks.ts';

it('is the least squared distance to a pixel outside of the mask', () => {
  fc.assert(
    fc.property(randomMask, (mask) => {
      const { width, data } = mask;
      const outside = [...data.keys()].filter((q) => data[q] === 0);
      const expected = Array.from(data, (_, p) =>
        outside.reduce((least, q) => {
          const [dx, dy] = [(p % width) - (q % width), Math.floor(p / width) - Math.floor(q / width)];
          return Math.min(least, dx * dx + dy * dy);
        }, Infinity),
      );
      expect([...squaredDistances(mask)]).toEqual(expected);
    }),
    { numRuns: 500 },
  );
});
