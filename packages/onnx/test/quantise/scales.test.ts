import { expect, test } from 'vitest';
import { rangeOf } from '../../src/quantise/range.ts';
import { constantTensor } from '../../src/constant-tensor.ts';
import { activationScale, biasTensor, quantisedKernel } from '../../src/quantise/scales.ts';

test('a range holds all values but a share at either end, rounded outwards by less than 1%', () => {
  const values = Float32Array.from({ length: 1000 }, (_, i) => i - 200);
  for (const share of [0, 0.01, 0.1]) {
    const { low, high } = rangeOf(values, share);
    const [lowest, highest] = [-200 + 1000 * share, 799 - 1000 * share];
    expect(low).toBeLessThanOrEqual(lowest);
    expect(low).toBeGreaterThan(lowest * 1.01);
    expect(high).toBeGreaterThanOrEqual(highest);
    expect(high).toBeLessThan(highest * 1.01);
  }
  expect(rangeOf(Float32Array.of(3, 4), 0).low).toBeCloseTo(0);
  // The channel that carries the norms' summands is divided by its range, and must stay 1.
  expect(rangeOf(new Float32Array(9).fill(1), 1e-4).high).toBe(1);
  expect(rangeOf(new Float32Array(9).fill(-1), 1e-4).low).toBe(-1);
  expect(rangeOf(Float32Array.of(-3, -4), 0).high).toBe(0);
});

test('1 is a whole number of steps where a tensor has no sign', () => {
  const { scale, zero } = activationScale([
    { low: 0, high: 1.17 },
    { low: 0, high: 0.4 },
  ]);
  expect(zero).toBe(0);
  expect(1 / scale).toBeCloseTo(217, 4);
  expect(activationScale([{ low: -1, high: 1.55 }])).toEqual({ scale: Math.fround(0.01), zero: 100 });
  expect(activationScale([{ low: 0, high: 510 }])).toEqual({ scale: 2, zero: 0 });
});

test('kernels have a scale an output channel, and a bias has room in 32 bits', () => {
  const kernel = constantTensor.float32([3, 2, 1, 1], [0.5, -1, 0, 0, 1e-12, 0]);
  const bias = constantTensor.float32([3], [0.25, 1, 100]);
  const { tensor, scales } = quantisedKernel(kernel, bias, 0.01);
  expect([...new Int8Array(Uint8Array.from(tensor.rawData ?? []).buffer)]).toEqual([64, -127, 0, 0, 0, 0]);
  const products = scales.map((scale) => scale * 0.01);
  const biases = biasTensor(bias, products);
  const stored = new Int32Array(Uint8Array.from(biases.rawData ?? []).buffer);
  [0.25, 1, 100].forEach((summand, o) => {
    expect((stored[o] as number) * (scales[o] as number) * 0.01).toBeCloseTo(summand, 3);
  });
});
