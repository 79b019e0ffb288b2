import { expect, it } from 'vitest';
import { evaluateStack, MEASURES, OVERLAP_MEASURES, overlapScores, scoresBy, type GreyStack } from '../../src/index.ts';

/** Two cells and a membrane between them, which the second section misses in part. */
const shape = { width: 5, height: 2, depth: 2 };
const labels: GreyStack = { ...shape, data: Uint8Array.from({ length: 20 }, (_, i) => (i % 5 === 2 ? 0 : 1)) };
const probabilities: GreyStack = {
  ...shape,
  data: Float32Array.from({ length: 20 }, (_, i) => (i % 5 !== 2 ? 0.9 : i < 10 ? 0.1 : 0.7)),
};
const evaluation = evaluateStack(probabilities, labels);

it('every measure has one key and one name', () => {
  for (const field of ['key', 'name'] as const) {
    expect(new Set(MEASURES.map((measure) => measure[field])).size, field).toBe(MEASURES.length);
  }
});

it('measures are numbers of the evaluation under the same key', () => {
  const flat: Record<string, unknown> = { ...evaluation.overlap, ...evaluation };
  for (const measure of MEASURES) expect(measure.of(evaluation), measure.key).toBe(flat[measure.key]);
});

it('a stack of one section has the scores of that section', () => {
  const first = evaluateStack({ ...probabilities, depth: 1 }, { ...labels, depth: 1 });
  for (const measure of MEASURES) {
    expect(measure.ofSection(first.sections[0]!, first), measure.key).toBe(measure.of(first));
  }
});

it('a perfect prediction has the best value of every measure, and a bad one is worse', () => {
  const perfect = evaluateStack({ ...shape, data: Float32Array.from(labels.data) }, labels);
  const inverted = evaluateStack({ ...shape, data: Float32Array.from(labels.data, (label) => 1 - label) }, labels);
  for (const { key, better, of } of MEASURES) {
    expect(of(perfect), key).toBe(better === 'higher' ? 1 : 0);
    if (better === 'higher') expect(of(inverted), key).toBeLessThan(1);
    else expect(of(inverted), key).toBeGreaterThan(0);
  }
});

it('says thresholds as the challenge does', () => {
  const thresholds = scoresBy(MEASURES, (measure) => measure.threshold(evaluation));
  expect(thresholds).toMatchObject({ vRand: 0.7, warpingError: 0.5, interiorDice: 0.5 });
});

it('the measures of overlap need the counts alone', () => {
  const scores = overlapScores(evaluation.sections[1]!.overlap);
  for (const { key, ofSection } of OVERLAP_MEASURES) {
    expect(ofSection(evaluation.sections[1]!, evaluation), key).toBe(scores[key]);
  }
});
