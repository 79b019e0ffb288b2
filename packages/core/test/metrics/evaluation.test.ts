import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CHALLENGE_THRESHOLDS,
  connectedComponents,
  contingency,
  evaluateSection,
  evaluateStack,
  InvalidImageError,
  randScore,
  summariseSections,
  warpingError,
  watershed,
  type GreyImage,
} from '../../src/index.ts';
import { matrix } from '../support/matrices.ts';
import { randomMask } from '../support/random-masks.ts';

const row = (...values: number[]): GreyImage => ({ width: values.length, height: 1, data: Float32Array.from(values) });

describe('the thresholds', () => {
  it('are those that the reference arrives at by adding 0.1, as far as a float32 can tell', () => {
    const added: number[] = [];
    for (let threshold = 0; threshold <= 1; threshold += 0.1) added.push(threshold);
    expect(CHALLENGE_THRESHOLDS.length).toBe(added.length);
    const values = Float32Array.from({ length: 256 }, (_, value) => value / 255);
    for (const [k, threshold] of CHALLENGE_THRESHOLDS.entries()) {
      expect(threshold).toBeCloseTo(added[k] as number, 15);
      for (const p of [...values, Math.fround(threshold)]) expect(p > threshold).toBe(p > (added[k] as number));
    }
  });
});

describe('evaluation of a section', () => {
  const label = matrix('11.11', '11.11', '.....', '11.11');

  it('is perfect at every threshold for the labels themselves', () => {
    const { rand, information, pixelErrors, warpingError: warping, overlap } = evaluateSection(label, label);
    for (const { score } of rand) expect(score).toBe(1);
    for (const { score } of information) expect(score).toBeCloseTo(1, 14);
    expect(pixelErrors).toEqual(CHALLENGE_THRESHOLDS.map(() => 0));
    expect(warping).toBe(0);
    expect(overlap).toMatchObject({ falsePositive: 0, falseNegative: 0 });
  });

  it('by hand: everything merged', () => {
    // Segments of 4, 4, 2 and 2 pixels, merged to one of 12.
    const { rand, information, pixelErrors } = evaluateSection(matrix('11111', '11111', '11111', '11111'), label);
    expect(rand[5]).toEqual({ score: 40 / (0.5 * 40 + 0.5 * 144), precision: 40 / 144, recall: 1 });
    expect(information[5]?.score).toBe(0);
    expect(pixelErrors[5]).toBe(8 / 20);
  });

  it('by hand: all membrane is one segment too, as in the reference', () => {
    const { rand, pixelErrors } = evaluateSection(matrix('.....', '.....', '.....', '.....'), label);
    expect(rand[5]?.score).toBe(40 / 92);
    expect(pixelErrors[5]).toBe(12 / 20);
  });

  it('by hand: pixel errors from threshold to threshold; at a threshold a pixel is membrane', () => {
    const { pixelErrors } = evaluateSection(row(1, 0.75, 0.5, 0.25, 0.05, 0), matrix('11.1..'));
    // 0.05 is wrong at 0 only, 0.5 below 0.5, 0.25 from 0.3 on, 0.75 from 0.8 on, 1 never.
    const wrong = [2, 1, 1, 2, 2, 1, 1, 1, 2, 2, 2];
    expect(pixelErrors.map((error) => Math.round(error * 6))).toEqual(wrong);
  });

  it('at each threshold is that of the mask', () => {
    fc.assert(
      fc.property(randomMask, fc.infiniteStream(fc.integer({ min: 0, max: 20 })), (mask, values) => {
        fc.pre(mask.data.includes(1));
        const drawn = [...values.take(mask.data.length)];
        const probability = { ...mask, data: Float32Array.from(drawn, (value) => value / 20) };
        const { rand, pixelErrors, warpingError: warping } = evaluateSection(probability, mask);
        const truth = connectedComponents(mask);
        for (const [k, threshold] of CHALLENGE_THRESHOLDS.entries()) {
          const data = Uint8Array.from(probability.data, (p) => (p > threshold ? 1 : 0));
          expect(rand[k]).toEqual(randScore(contingency(truth, watershed({ ...mask, data }))));
          const wrong = data.filter((value, p) => value !== mask.data[p]).length;
          expect(pixelErrors[k]).toBe(wrong / data.length);
        }
        expect(warping).toBe(warpingError(probability, mask));
      }),
    );
  });

  it('rejects what cannot be compared', () => {
    expect(() => evaluateSection(row(0.5, 0.5), row(1))).toThrow('size of the prediction, 2 x 1');
    expect(() => evaluateSection(row(2), row(1))).toThrow('must be in 0 ... 1; received 2');
    expect(() => evaluateSection(row(0.5, 0.5), row(0, 0))).toThrow('no cell interior');
  });
});

describe('evaluation of a stack', () => {
  // Two cells between three membranes; the borders of the first section are weak, those of the second strong.
  const label = matrix('11.11', '11.11');
  const weak = [1, 1, 0.55, 1, 1, 1, 1, 0.55, 1, 1];
  const faint = [0.35, 0.35, 0, 0.35, 0.35, 0.35, 0.35, 0, 0.35, 0.35];
  const stack = { width: 5, height: 2, depth: 2, data: Float32Array.from([...weak, ...faint]) };
  const labels = { width: 5, height: 2, depth: 2, data: Uint8Array.from([...label.data, ...label.data]) };

  it('takes the best of the means over sections, at one threshold for all', () => {
    const { vRand, vRandAt, vInfo, vInfoAt, sections } = evaluateStack(stack, labels);
    const scores = sections.map(({ rand }) => rand.map(({ score }) => score));
    // Each section by itself has a perfect threshold; no threshold is perfect for both.
    expect(scores.map((one) => Math.max(...one))).toEqual([1, 1]);
    // 8 pixels in two segments of 4, merged: 32 / (16 + 32)
    expect(vRand).toBeCloseTo((1 + 32 / 48) / 2, 14);
    expect(vRandAt).toBe(0);
    expect([vInfo, vInfoAt]).toEqual([0.5, 0]);
  });

  it('takes the least mean pixel error over 0.1 ... 0.9', () => {
    const { pixelError, pixelErrorAt } = evaluateStack(stack, labels);
    // At 0.1 two pixels of twenty are wrong; from 0.4 eight of the second section are.
    expect([pixelError, pixelErrorAt]).toEqual([0.1, 1]);
    // All right at 0 only, or at 1 only: the ends do not count.
    const one = { ...labels, depth: 1, data: label.data };
    const low = { ...one, data: Float32Array.from(label.data, (value) => (value === 1 ? 0.05 : 0)) };
    expect(evaluateStack(low, one).pixelError).toBe(0.8);
    const high = { ...one, data: Float32Array.from(label.data, (value) => (value === 1 ? 1 : 0.95)) };
    expect(evaluateStack(high, one)).toMatchObject({ pixelError: 0.2, vRand: 1, vRandAt: 10 });
  });

  it('scores overlap over all pixels, and warping as the mean over sections', () => {
    const { overlap, warpingError: warping } = evaluateStack(stack, labels);
    // At 0.5: 8 and 0 of 16 interior pixels found, 2 of 4 membrane pixels lost.
    expect(overlap.interiorDice).toBe(16 / (16 + 10));
    expect(overlap.membraneDice).toBe(4 / (4 + 10));
    // First section: the gap of two pixels cannot close. Second: two segments shrink to a pixel each.
    expect(warping).toBeCloseTo((2 / 10 + 2 / 10) / 2, 14);
  });

  it('is that of its sections together', () => {
    const { sections, ...summary } = evaluateStack(stack, labels);
    expect(summariseSections(structuredClone(sections))).toEqual({ ...summary, sections });
    expect(sections[0]).toEqual(evaluateSection({ width: 5, height: 2, data: Float32Array.from(weak) }, label));
  });

  it('rejects stacks of different depth, and nothing', () => {
    expect(() => evaluateStack(stack, { ...labels, depth: 1 })).toThrow(InvalidImageError);
    expect(() => evaluateStack(stack, { ...labels, depth: 1 })).toThrow('2 sections of the prediction; received 1');
    expect(() => summariseSections([])).toThrow('no sections');
  });
});
