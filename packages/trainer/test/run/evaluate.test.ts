import { type GreyStack } from '@dilated-unet/core';
import { IGNORED } from '@dilated-unet/stacks';
import { expect, test } from 'vitest';
import { compareWithLabels } from '../../src/run/evaluate.ts';

const stackOf = <T extends Float32Array | Uint8Array>(data: T): GreyStack<T> => ({
  width: 3,
  height: 1,
  depth: data.length / 3,
  data,
});

test('pixels that do not count are in no sum, nor are sections of nothing else', () => {
  const labels = stackOf(Uint8Array.of(1, 0, IGNORED, IGNORED, IGNORED, IGNORED, IGNORED, 1, 1));
  const probabilities = stackOf(Float32Array.of(0.75, 0.25, 1, 0, 1, 0, 0, 0.25, 0.5));
  const { validation, scores } = compareWithLabels(probabilities, labels);
  const crossEntropy = -(Math.log(0.75) + Math.log(0.75) + Math.log(0.25) + Math.log(0.5)) / 4;
  const softDice = (2 * 1.5 + 1) / (3 + 1.75 + 1);
  expect(validation.softDice).toBeCloseTo(softDice, 14);
  expect(validation.loss).toBeCloseTo(crossEntropy + 1 - softDice, 14);
  expect(scores).toMatchObject({ precision: 1, recall: 1 / 3, membraneDice: 2 / (2 + 2) });
  // What is left out otherwise is the same.
  const left = [0, 1, 7, 8];
  const flat = <T extends Float32Array | Uint8Array>({ data }: GreyStack<T>) => ({
    width: 4,
    height: 1,
    depth: 1,
    data: data.filter((_, i) => left.includes(i)) as T,
  });
  expect(compareWithLabels(flat(probabilities), flat(labels))).toEqual({ validation, scores });
});
