import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { connectedComponents, InvalidImageError, type Segmentation } from '../../src/index.ts';
import { matrix, rowsOf } from '../support/matrices.ts';
import { neighbourPairs, randomMask } from '../support/random-masks.ts';

/** The plainest way: every pixel takes the smallest number in reach until nothing changes. */
function byRelaxation(mask: { width: number; height: number; data: Uint8Array }): readonly number[] {
  const numbers = [...mask.data].map((value, p) => (value === 0 ? -1 : p));
  for (let changed = true; changed;) {
    changed = false;
    for (const [a, b] of neighbourPairs(mask)) {
      const [left, right] = [numbers[a] as number, numbers[b] as number];
      if (left < 0 || right < 0 || left === right) continue;
      numbers[a] = numbers[b] = Math.min(left, right);
      changed = true;
    }
  }
  const met = [...new Set(numbers.filter((number) => number >= 0))].sort((a, b) => a - b);
  return numbers.map((number) => met.indexOf(number) + 1);
}

const labelled = (...rows: string[]): Segmentation => connectedComponents(matrix(...rows));

describe('connected components', () => {
  it('are joined by sides, not by corners, and numbered as rows meet them', () => {
    expect(rowsOf(labelled('11.1', '..1.', '1.11'))).toEqual(['11.2', '..3.', '4.33']);
  });

  it('that meet late are one: a U, a spiral, a comb', () => {
    expect(rowsOf(labelled('1.1', '1.1', '111'))).toEqual(['1.1', '1.1', '111']);
    expect(labelled('11111', '1...1', '1.1.1', '1.111', '1....').count).toBe(1);
    expect(labelled('1.1.1.1', '1.1.1.1', '1111111').count).toBe(1);
    expect(labelled('..1', '.11', '11.', '1.1').count).toBe(2);
  });

  it('of a full and of an empty mask', () => {
    expect(labelled('11', '11')).toMatchObject({ width: 2, height: 2, count: 1, labels: Int32Array.of(1, 1, 1, 1) });
    expect(labelled('..', '..')).toMatchObject({ count: 0, labels: new Int32Array(4) });
  });

  it('take any value but 0 as inside', () => {
    const mask = { width: 3, height: 1, data: Float32Array.of(255, 0, 0.25) };
    expect([...connectedComponents(mask).labels]).toEqual([1, 0, 2]);
  });

  it('are as many as a checkerboard has fields', () => {
    const data = Uint8Array.from({ length: 49 }, (_, p) => 1 - (p % 2));
    expect(connectedComponents({ width: 7, height: 7, data }).count).toBe(25);
  });

  it('are those of the plainest algorithm, for all masks', () => {
    fc.assert(
      fc.property(randomMask, (mask) => {
        const { labels, count } = connectedComponents(mask);
        expect([...labels]).toEqual(byRelaxation(mask));
        expect(count).toBe(Math.max(0, ...labels));
      }),
      { numRuns: 500 },
    );
  });

  it('rejects what is no image', () => {
    expect(() => connectedComponents({ width: 2, height: 2, data: new Uint8Array(3) })).toThrow(InvalidImageError);
  });
});
