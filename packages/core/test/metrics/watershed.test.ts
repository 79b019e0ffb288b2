import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { connectedComponents, InvalidImageError, watershed } from '../../src/index.ts';
import { matrix, rowsOf } from '../support/matrices.ts';
import { neighbourPairs, randomMask } from '../support/random-masks.ts';

const flooded = (...rows: string[]): readonly string[] => rowsOf(watershed(matrix(...rows)));

describe('the watershed of a mask', () => {
  it('thins a border to one line, in its middle', () => {
    expect(flooded('1...1')).toEqual(['11.22']);
    expect(flooded('1.1')).toEqual(['1.2']);
    expect(flooded('1', '.', '.', '.', '1')).toEqual(['1', '1', '.', '2', '2']);
  });

  it('of a border of even width, leaves the line right of its middle, or below: what is flooded last', () => {
    expect(flooded('1..1')).toEqual(['11.2']);
    expect(flooded('1', '.', '.', '1')).toEqual(['1', '1', '.', '2']);
  });

  it('leaves no line where one segment surrounds or ends a border', () => {
    expect(flooded('111', '1.1', '111')).toEqual(['111', '111', '111']);
    expect(flooded('1...')).toEqual(['1111']);
  });

  it('starts the queue column by column', () => {
    // Queued first, as (x,y): (0,2) (1,3) (2,1) (3,0) (3,2); by rows the line would fall elsewhere.
    expect(flooded('....', '...1', '....', '1...')).toEqual(['2.11', '2.11', '22.1', '222.']);
    // The same basins mirrored at the diagonal: visited by rows, they would give the mirror image 1111 ..11 22.1 222.
    expect(flooded('...1', '....', '....', '.1..')).toEqual(['2.11', '22.1', '222.', '2222']);
  });

  it('lets a basin take a pixel that was only next to a line', () => {
    // (0,2) meets the line at (1,2) before the second basin below it; (0,1) between two basins stays a line.
    expect(flooded('....', '....', '..1.', '.1..')).toEqual(['1111', '.111', '2.11', '22.1']);
  });

  it('of nothing inside, or all, is one segment', () => {
    expect(watershed(matrix('..', '..'))).toMatchObject({ count: 1, labels: Int32Array.of(1, 1, 1, 1) });
    expect(watershed(matrix('11', '11'))).toMatchObject({ count: 1, labels: Int32Array.of(1, 1, 1, 1) });
  });

  it('keeps the components as they are, grows each in one piece, and never lets two touch', () => {
    fc.assert(
      fc.property(randomMask, (mask) => {
        const components = connectedComponents(mask);
        fc.pre(components.count > 0);
        const { labels, count } = watershed(mask);
        expect(count).toBe(components.count);
        for (const [p, component] of components.labels.entries()) {
          if (component !== 0) expect(labels[p]).toBe(component);
          expect(labels[p]).toBeGreaterThanOrEqual(0);
        }
        for (const [a, b] of neighbourPairs(mask)) {
          if (labels[a] !== 0 && labels[b] !== 0) expect(labels[a]).toBe(labels[b]);
        }
        const grown = { ...mask, data: Uint8Array.from(labels, (label) => (label === 0 ? 0 : 1)) };
        expect(connectedComponents(grown).count).toBe(count);
      }),
      { numRuns: 500 },
    );
  });

  it('rejects what is no image', () => {
    expect(() => watershed({ width: 2, height: 2, data: new Uint8Array(3) })).toThrow(InvalidImageError);
  });
});
