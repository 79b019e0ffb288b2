import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addOverlap,
  InvalidImageError,
  InvalidOptionError,
  overlapCounts,
  overlapScores,
  type GreyImage,
} from '../../src/index.ts';

const row = (...values: number[]): GreyImage => ({ width: values.length, height: 1, data: Float32Array.from(values) });
const scoresOf = (probability: GreyImage, label: GreyImage, threshold?: number) =>
  overlapScores(overlapCounts(probability, label, threshold === undefined ? {} : { threshold }));

const pair = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 64 }), fc.boolean()), { minLength: 1, maxLength: 40 })
  .map((pixels) => ({
    probability: row(...pixels.map(([p]) => p / 64)),
    label: row(...pixels.map(([, interior]) => Number(interior))),
  }));

describe('overlap scores', () => {
  it('by hand: 3 true and 1 false positive, 2 false and 4 true negatives', () => {
    const probability = row(0.9, 0.8, 0.75, 0.7, 0.2, 0.1, 0.4, 0.3, 0, 0.05);
    const label = row(1, 1, 1, 0, 1, 1, 0, 0, 0, 0);
    const counts = overlapCounts(probability, label);
    expect(counts).toMatchObject({ truePositive: 3, falsePositive: 1, falseNegative: 2, trueNegative: 4 });
    const scores = overlapScores(counts);
    expect(scores).toMatchObject({
      interiorDice: 6 / 9,
      membraneDice: 8 / 11,
      interiorIou: 3 / 6,
      membraneIou: 4 / 7,
      pixelError: 3 / 10,
      precision: 3 / 4,
      recall: 3 / 5,
    });
    // sums: p = 4.2, p where interior = 2.75, t = 5
    expect(scores.softDice).toBeCloseTo((2 * 2.75 + 1) / (4.2 + 5 + 1), 6);
  });

  it('is perfect for a perfect prediction, in 0 ... 1 and in 0 ... 255 labels', () => {
    const perfect = {
      interiorDice: 1,
      membraneDice: 1,
      interiorIou: 1,
      membraneIou: 1,
      pixelError: 0,
      precision: 1,
      recall: 1,
      softDice: 1,
    };
    expect(scoresOf(row(1, 0, 1), row(1, 0, 1))).toEqual(perfect);
    expect(scoresOf(row(1, 0, 1), { width: 3, height: 1, data: Uint8Array.of(255, 0, 255) })).toEqual(perfect);
  });

  it('counts a probability at the threshold as membrane, and moves with the threshold', () => {
    const probability = row(0.5, 0.5, 0.25);
    const label = row(1, 0, 1);
    expect(overlapCounts(probability, label).truePositive).toBe(0);
    expect(overlapCounts(probability, label, { threshold: 0.25 })).toMatchObject({ truePositive: 1, falsePositive: 1 });
    expect(overlapCounts(probability, label, { threshold: 0 })).toMatchObject({ truePositive: 2, falsePositive: 1 });
    expect(overlapCounts(row(1), row(1), { threshold: 1 }).falseNegative).toBe(1);
  });

  it.each([
    // predicted, labelled, expected interior Dice, membrane Dice, precision, recall; 1 where there is nothing to miss
    [[0, 0], [0, 0], [1, 1, 1, 1], 'no interior anywhere'],
    [[1, 1], [1, 1], [1, 1, 1, 1], 'no membrane anywhere'],
    [[1, 1], [0, 0], [0, 0, 0, 0], 'interior predicted where there is none'],
    [[0, 0], [1, 1], [0, 0, 0, 0], 'interior missed entirely'],
    [[1, 1], [1, 0], [2 / 3, 0, 0.5, 1], 'interior predicted everywhere'],
    [[0, 0], [1, 0], [0, 2 / 3, 0, 0], 'membrane predicted everywhere'],
  ])('empty classes: %j against %j gives %j (%s)', (predicted, labelled, expected) => {
    const { interiorDice, membraneDice, precision, recall } = scoresOf(row(...predicted), row(...labelled));
    expect([interiorDice, membraneDice, precision, recall]).toEqual(expected);
  });

  it('hold for all predictions: IoU from Dice, classes exchanged, everything in 0 ... 1', () => {
    fc.assert(
      fc.property(pair, ({ probability, label }) => {
        const scores = scoresOf(probability, label);
        for (const score of Object.values(scores)) {
          expect(score).toBeGreaterThanOrEqual(0);
          expect(score).toBeLessThanOrEqual(1);
        }
        expect(scores.interiorIou).toBeCloseTo(scores.interiorDice / (2 - scores.interiorDice), 12);
        expect(scores.membraneIou).toBeCloseTo(scores.membraneDice / (2 - scores.membraneDice), 12);
        // 31.5/64 lies between two probabilities, so that none is at the threshold of either.
        const inverse = (image: GreyImage): GreyImage => row(...[...image.data].map((value) => 1 - value));
        const exchanged = scoresOf(inverse(probability), inverse(label), 1 - 31.5 / 64);
        const between = scoresOf(probability, label, 31.5 / 64);
        expect(exchanged.interiorDice).toBe(between.membraneDice);
        expect(exchanged.membraneIou).toBe(between.interiorIou);
        expect(exchanged.pixelError).toBe(between.pixelError);
      }),
    );
  });

  it('of sections added up are those of one image with all their pixels', () => {
    fc.assert(
      fc.property(pair, pair, (a, b) => {
        const together = overlapCounts(
          row(...a.probability.data, ...b.probability.data),
          row(...a.label.data, ...b.label.data),
        );
        const added = addOverlap(overlapCounts(a.probability, a.label), overlapCounts(b.probability, b.label));
        expect(added).toEqual(together);
      }),
    );
  });

  it('predicting interior everywhere scores 0.88 where 78% is interior', () => {
    const label = row(...Array.from({ length: 100 }, (_, i) => (i < 78 ? 1 : 0)));
    const scores = scoresOf(row(...label.data.map(() => 1)), label);
    expect(scores.interiorDice).toBeCloseTo(0.876, 3);
    expect(scores.membraneDice).toBe(0);
  });

  it.each([
    [row(0.5, 0.5), row(1), InvalidImageError, 'size of the prediction, 2 x 1'],
    [row(1.5), row(1), InvalidImageError, 'must be in 0 ... 1; received 1.5'],
    [row(-0.1), row(1), InvalidImageError, 'must be in 0 ... 1'],
    [row(NaN), row(1), InvalidImageError, 'finite'],
    [row(1), row(NaN), InvalidImageError, 'finite'],
  ])('rejects %o against %o', (probability, label, error, message) => {
    expect(() => overlapCounts(probability, label)).toThrow(error);
    expect(() => overlapCounts(probability, label)).toThrow(message);
  });

  it.each([-0.1, 1.1, NaN])('rejects a threshold of %d', (threshold) => {
    expect(() => overlapCounts(row(1), row(1), { threshold })).toThrow(InvalidOptionError);
  });

  it('rejects counts of nothing', () => {
    const zero = { truePositive: 0, falsePositive: 0, falseNegative: 0, trueNegative: 0 };
    expect(() => overlapScores({ ...zero, probability: 0, probabilityInside: 0 })).toThrow(InvalidImageError);
  });
});
