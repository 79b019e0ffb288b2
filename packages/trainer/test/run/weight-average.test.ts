import { expect, test } from 'vitest';
import { averageWith, type WeightAverage } from '../../src/run/weight-average.ts';

const weights = (w: number, v: number) =>
  new Map([
    ['w', { shape: [2], data: Float32Array.of(w, -w) }],
    ['v', { shape: [1], data: Float32Array.of(v) }],
  ]);

test('the mean of three epochs is that of their weights, and the weights stay', () => {
  const epochs = [weights(1, 4), weights(2, 5), weights(6, 9)];
  const average = epochs.reduce<WeightAverage | null>(averageWith, null) as WeightAverage;
  expect(average).toEqual({ epochs: 3, mean: weights(3, 6) });
  expect(epochs).toEqual([weights(1, 4), weights(2, 5), weights(6, 9)]);
});

test('what was not in the first epoch is not in the mean', () => {
  const first = new Map([...weights(1, 1)].slice(0, 1));
  expect([...averageWith(averageWith(null, first), weights(3, 3)).mean]).toEqual([
    ['w', { shape: [2], data: Float32Array.of(2, -2) }],
  ]);
});
