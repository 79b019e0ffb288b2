import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  countedSections,
  evaluateSection,
  evaluateStack,
  InvalidImageError,
  overlapCounts,
  overlapScores,
  warpingError,
  watershed,
  type GreyImage,
} from '../../src/index.ts';
import { matrix, rowsOf } from '../support/matrices.ts';
import { randomMap } from '../support/probability-maps.ts';

/** In the matrices below, 7 is a pixel that does not count. */
const IGNORE = { ignore: 7 };
const row = (...values: number[]): GreyImage => ({ width: values.length, height: 1, data: Float32Array.from(values) });

describe('pixels that are ignored', () => {
  const label = matrix('1.1.7777');
  const probability = row(0.75, 0.25, 0.25, 0.75, 1, 1, 0, 0);

  it('are in no count: by hand', () => {
    expect(overlapCounts(probability, label, IGNORE)).toEqual({
      truePositive: 1,
      trueNegative: 1,
      falseNegative: 1,
      falsePositive: 1,
      probability: 2,
      probabilityInside: 1,
    });
    const { pixelError, softDice } = overlapScores(overlapCounts(probability, label, IGNORE));
    expect([pixelError, softDice]).toEqual([0.5, (2 * 1 + 1) / (2 + 2 + 1)]);
    // Of four pixels: 0.75 and 0.75 above 0.2 to 0.7, 0.25 and 0.25 above 0 to 0.2.
    const { pixelErrors } = evaluateSection(probability, label, IGNORE);
    expect(pixelErrors).toEqual([2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2].map((wrong) => wrong / 4));
    // The second segment moves by a pixel; where the two are merged, that pixel is wrong, of the four that count.
    expect(warpingError(probability, label, IGNORE)).toBe(0);
    expect(warpingError(row(1, 1, 1, 0, 0, 1, 0, 1), label, IGNORE)).toBe(1 / 4);
  });

  it('are interior for who does not name their value', () => {
    expect(overlapCounts(probability, label)).toMatchObject({ truePositive: 3, falseNegative: 3 });
  });

  it('end segments of labels and prediction alike: what meets beyond them is no merger', () => {
    const cut = matrix('111.111', '1117111', '7777777');
    const joined = matrix('111.111', '1111111', '1111111');
    const { rand, information, warpingError: warping } = evaluateSection(joined, cut, IGNORE);
    expect(rand[5]).toEqual({ score: 1, precision: 1, recall: 1 });
    expect(information[5]?.score).toBeCloseTo(1, 14);
    expect(warping).toBe(0);
    // Labelled up to where they meet, it is one: segments of 6 and 6 of 13 pixels, in one.
    const labelled = matrix('111.111', '111.111', '7777777');
    expect(evaluateSection(joined, labelled, IGNORE).rand[5]?.precision).toBe((36 + 36) / 144);
  });

  it('cut off a part that has a segment of its own where nothing is found in it, as in a whole section', () => {
    const outside = Uint8Array.from(matrix('..7.', '..7.').data, (value) => (value === 7 ? 1 : 0));
    expect(rowsOf(watershed(matrix('1...', '....'), outside))).toEqual(['11.2', '11.2']);
    const alone = evaluateSection(row(0, 0, 0, 0), matrix('1111'));
    const cutOff = evaluateSection(row(1, 0, 0, 0, 0, 0), matrix('171111'), IGNORE);
    expect(alone.rand[5]?.score).toBe(1);
    expect(cutOff.rand[5]?.score).toBe(1);
  });

  it('score as the section cut out, where all around a rectangle is ignored: every metric, every threshold', () => {
    const margins = fc.tuple(...[0, 1, 2, 3].map(() => fc.integer({ min: 0, max: 3 })));
    const draws = fc.infiniteStream(fc.integer({ min: 0, max: 20 }));
    let seen = 0;
    fc.assert(
      fc.property(randomMap, margins, draws, draws, ({ width, height, data }, sides, labelled, around) => {
        const [left, right, top, bottom] = sides as [number, number, number, number];
        const own = Uint8Array.from(data, () => (labelled.next().value > 5 ? 1 : 0));
        fc.pre(own.includes(1));
        const size = { width: left + width + right, height: top + height + bottom };
        const [p, label] = [new Float32Array(size.width * size.height), new Uint8Array(size.width * size.height)];
        for (let y = 0, i = 0; y < size.height; y++) {
          for (let x = 0; x < size.width; x++, i++) {
            const isInside = x >= left && x < left + width && y >= top && y < top + height;
            const at = (y - top) * width + x - left;
            p[i] = isInside ? (data[at] as number) : around.next().value / 20;
            label[i] = isInside ? (own[at] as number) : 7;
          }
        }
        const cut = evaluateSection({ width, height, data }, { width, height, data: own });
        expect(evaluateSection({ ...size, data: p }, { ...size, data: label }, IGNORE)).toEqual(cut);
        if (sides.some((side) => side > 0) && cut.warpingError > 0) seen++;
      }),
      { numRuns: 500 },
    );
    expect(seen).toBeGreaterThan(50);
  });
});

describe('sections that are ignored as a whole', () => {
  const size = { width: 3, height: 1 };
  const labels = { ...size, depth: 4, data: Uint8Array.of(7, 7, 7, 1, 0, 1, 7, 7, 7, 1, 7, 0) };
  const probabilities = { ...size, depth: 4, data: Float32Array.of(1, 1, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0) };

  it('are passed over; the others keep their places', () => {
    expect(countedSections(labels, IGNORE)).toEqual([1, 3]);
    const { places, sections, overlap, vRand } = evaluateStack(probabilities, labels, IGNORE);
    expect(places).toEqual([1, 3]);
    expect(sections).toHaveLength(2);
    expect(vRand).toBe(1);
    // Of five pixels one is wrong.
    expect(overlap).toMatchObject({ pixelError: 1 / 5, recall: 2 / 3 });
  });

  it('cannot be scored alone', () => {
    expect(() => evaluateSection(row(1, 1, 1), matrix('777'), IGNORE)).toThrow(InvalidImageError);
    expect(() => evaluateStack(probabilities, { ...labels, data: labels.data.fill(7) }, IGNORE)).toThrow('no sections');
  });
});
