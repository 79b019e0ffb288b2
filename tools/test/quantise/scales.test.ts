import { expect, test } from 'vitest';
import { int8Fault } from '../../src/package/forms/int8.ts';
import { quantile } from '../../src/quantise/quantile.ts';
import { activationScale, biasTensor, constantTensor, quantisedKernel } from '../../src/quantise/scales.ts';

test('a quantile is the magnitude that a share stays below, of one sign, rounded up by less than 1%', () => {
  const values = Float32Array.from({ length: 1000 }, (_, i) => (i % 2 === 0 ? i : -2 * i));
  expect(quantile(values, 1, 1) / 998).toBeGreaterThanOrEqual(1);
  expect(quantile(values, 1, 1) / 998).toBeLessThan(1.01);
  expect(quantile(values, 1, -1) / 1998).toBeLessThan(1.01);
  expect(quantile(values, 0.9, 1) / 800).toBeCloseTo(1, 1);
  expect(quantile(new Float32Array(8), 1, 1)).toBe(0);
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
  const biases = biasTensor(bias, scales.map((scale) => scale * 0.01)); // prettier-ignore
  const stored = new Int32Array(Uint8Array.from(biases.rawData ?? []).buffer);
  [0.25, 1, 100].forEach((summand, o) => {
    expect((stored[o] as number) * (scales[o] as number) * 0.01).toBeCloseTo(summand, 3);
  });
});

test('a form in integers is refused for each of its bounds', () => {
  const deviation = { sections: 1, largestDifference: 0.5, meanDifference: 0.01, classChanged: 0.005 };
  expect(int8Fault(deviation)).toBeNull();
  expect(int8Fault({ ...deviation, vRand: -0.0029, interiorDice: 0.0009, vInfo: 0 })).toBeNull();
  expect(int8Fault({ ...deviation, classChanged: 0.007 })).toBe('classChanged 0.007 is beyond 0.006');
  expect(int8Fault({ ...deviation, vRand: -0.004 })).toContain('vRand');
  expect(int8Fault({ ...deviation, interiorDice: 0.002 })).toContain('interiorDice');
  expect(int8Fault({ ...deviation, classChanged: NaN })).toContain('classChanged');
});
