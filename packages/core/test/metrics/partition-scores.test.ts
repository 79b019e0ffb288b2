import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  connectedComponents,
  contingency,
  informationScore,
  InvalidImageError,
  randScore,
  watershed,
} from '../../src/index.ts';
import { matrix, segmentation } from '../support/matrices.ts';
import { randomMask } from '../support/random-masks.ts';

const sorted = (counts: readonly number[]): readonly number[] => [...counts].sort((a, b) => a - b);

describe('contingency', () => {
  it('counts what lies inside of true segments only', () => {
    const truth = segmentation('11.22', '11.22', '1..22');
    const prediction = segmentation('11122', '1.132', '13.32');
    const { pixels, unassigned, truth: inTruth, prediction: inPrediction, overlaps } = contingency(truth, prediction);
    expect({ pixels, unassigned }).toEqual({ pixels: 11, unassigned: 1 });
    expect(inTruth).toEqual([5, 6]);
    // Predicted: 1 on four pixels of the first; 2 and 3 on four and two of the second.
    expect(sorted(inPrediction)).toEqual([2, 4, 4]);
    expect(sorted(overlaps)).toEqual([2, 4, 4]);
  });

  it('leaves out predicted segments that lie on borders of the truth', () => {
    expect(contingency(segmentation('1.2'), segmentation('123')).prediction).toEqual([1, 1]);
  });

  it('refuses images of different size, and labels without interior', () => {
    expect(() => contingency(segmentation('11'), segmentation('1', '1'))).toThrow(InvalidImageError);
    expect(() => contingency(segmentation('11'), segmentation('1', '1'))).toThrow('2 x 1 pixels; received 1 x 2');
    expect(() => contingency(segmentation('..'), segmentation('11'))).toThrow('no cell interior');
  });
});

describe('V_Rand and V_Info', () => {
  const truth = segmentation('111.22');

  it('are 1 for the same segments, whatever their numbers and borders', () => {
    for (const same of [truth, segmentation('222.11'), segmentation('111122'), segmentation('333.55')]) {
      const counts = contingency(truth, same);
      expect(randScore(counts)).toEqual({ score: 1, precision: 1, recall: 1 });
      expect(informationScore(counts)).toEqual({ score: 1, precision: 1, recall: 1 });
    }
  });

  it('by hand: segments of 3 and 2 pixels merged', () => {
    const counts = contingency(truth, segmentation('111111'));
    // together 9 + 4, in truth 9 + 4, in prediction 25
    expect(randScore(counts)).toEqual({ score: 13 / 19, precision: 13 / 25, recall: 1 });
    expect(informationScore(counts)).toEqual({ score: 0, precision: 0, recall: 1 });
  });

  it('by hand: the segment of 3 pixels split by a line of one', () => {
    const counts = contingency(truth, segmentation('1.3.22'));
    // together 1 + 1 + 4 and the line's 1; in truth 9 + 4; in prediction 1 + 1 + 4 and 1
    expect(randScore(counts)).toEqual({ score: 7 / 10, precision: 1, recall: 7 / 13 });
    const ofTruth = Math.log(5) - (3 * Math.log(3) + 2 * Math.log(2)) / 5;
    const ofPrediction = Math.log(5) - (2 * Math.log(2)) / 5;
    const { score, precision, recall } = informationScore(counts);
    // The prediction refines the truth: their mutual information is the entropy of the truth.
    expect(score).toBeCloseTo((2 * ofTruth) / (ofTruth + ofPrediction), 14);
    expect(precision).toBeCloseTo(1, 14);
    expect(recall).toBeCloseTo(ofTruth / ofPrediction, 14);
  });

  it('by hand: a border moved by one pixel', () => {
    const counts = contingency(segmentation('1122'), segmentation('1222'));
    // n_ij: 1 1 / 0 2
    expect(randScore(counts)).toEqual({ score: 6 / 9, precision: 6 / 10, recall: 6 / 8 });
    const [ofTruth, ofPrediction] = [Math.log(2), Math.log(4) - (3 * Math.log(3)) / 4];
    const joint = Math.log(4) - (2 * Math.log(2)) / 4;
    const mutual = ofTruth + ofPrediction - joint;
    expect(informationScore(counts).score).toBeCloseTo((2 * mutual) / (ofTruth + ofPrediction), 14);
  });

  it('by hand: every pixel a segment of its own', () => {
    const counts = contingency(truth, segmentation('......'));
    expect(randScore(counts)).toEqual({ score: 10 / 18, precision: 1, recall: 5 / 13 });
    const ofTruth = Math.log(5) - (3 * Math.log(3) + 2 * Math.log(2)) / 5;
    expect(informationScore(counts).score).toBeCloseTo((2 * ofTruth) / (ofTruth + Math.log(5)), 14);
  });

  it('of one true segment: V_Info is 1 where the prediction has one too, else 0', () => {
    const one = segmentation('1111');
    expect(informationScore(contingency(one, segmentation('2222')))).toEqual({ score: 1, precision: 1, recall: 1 });
    expect(informationScore(contingency(one, segmentation('1122')))).toEqual({ score: 0, precision: 1, recall: 0 });
    expect(randScore(contingency(one, segmentation('1122')))).toEqual({ score: 16 / 24, precision: 1, recall: 0.5 });
  });

  it('equal sums over all pairs of pixels, and lie in 0 ... 1, for all masks', () => {
    fc.assert(
      fc.property(randomMask, fc.infiniteStream(fc.boolean()), (mask, noise) => {
        const drawn = [...noise.take(mask.data.length)];
        const truth = connectedComponents(mask);
        fc.pre(truth.count > 0);
        const predicted = watershed({ ...mask, data: mask.data.map((value, p) => (drawn[p] ? value : 1 - value)) });
        const inside = [...truth.labels.keys()].filter((p) => truth.labels[p] !== 0);
        let [together, inTruth, inPrediction] = [0, 0, 0];
        for (const p of inside) {
          for (const q of inside) {
            const [t, s] = [truth.labels[p] === truth.labels[q], predicted.labels[p] === predicted.labels[q]];
            const segmented = p === q || (s && predicted.labels[p] !== 0);
            inTruth += Number(t);
            inPrediction += Number(segmented);
            together += Number(t && segmented);
          }
        }
        const counts = contingency(truth, predicted);
        const { score, precision, recall } = randScore(counts);
        expect([precision, recall]).toEqual([together / inPrediction, together / inTruth]);
        expect(score).toBeCloseTo((2 * precision * recall) / (precision + recall), 12);
        for (const value of Object.values(informationScore(counts))) {
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('V_Info does not change when truth and prediction are exchanged, where both cover the image', () => {
    const number = fc.integer({ min: 1, max: 4 });
    fc.assert(
      fc.property(fc.array(fc.tuple(number, number), { minLength: 1, maxLength: 30 }), (pixels) => {
        const a = segmentation(pixels.map(([one]) => one).join(''));
        const b = segmentation(pixels.map(([, other]) => other).join(''));
        expect(informationScore(contingency(a, b)).score).toBeCloseTo(informationScore(contingency(b, a)).score, 12);
        expect(randScore(contingency(a, b)).score).toBeCloseTo(randScore(contingency(b, a)).score, 12);
      }),
    );
  });

  it('of a mask against its own components is 1', () => {
    fc.assert(
      fc.property(randomMask, (mask) => {
        const truth = connectedComponents(mask);
        fc.pre(truth.count > 0);
        const counts = contingency(truth, watershed(mask));
        expect(randScore(counts).score).toBe(1);
        expect(informationScore(counts).score).toBeCloseTo(1, 12);
      }),
    );
  });

  it('count the lines of a watershed as unassigned', () => {
    const counts = contingency(connectedComponents(matrix('11', '11')), watershed(matrix('1.', '.1')));
    // (1,0) is flooded first, from the left, and touches (1,1): a line; (0,1) likewise.
    expect(counts).toMatchObject({ pixels: 4, unassigned: 2 });
  });
});
