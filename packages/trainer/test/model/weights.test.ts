import { networkParameters, variant } from '@dilated-unet/core';
import { expect, test } from 'vitest';
import { initialWeights } from '../../src/model/weights.ts';

const network = variant('unet');
const weights = initialWeights(network, 5);
const values = (name: string): Float32Array => (weights.get(name) as { data: Float32Array }).data;

test('there is one tensor per parameter, of its shape', () => {
  for (const { name, shape } of networkParameters(network)) {
    expect(weights.get(name)?.shape, name).toEqual(shape);
    expect(values(name), name).toHaveLength(shape.reduce((product, side) => product * side, 1));
  }
});

test('kernels have the spread of He et al. 2015 and are cut at two (untruncated) standard deviations', () => {
  const kernel = values('bottleneck/conv3/kernel');
  const std = Math.sqrt(2 / (9 * 176));
  const mean = kernel.reduce((sum, w) => sum + w, 0) / kernel.length;
  const spread = Math.sqrt(kernel.reduce((sum, w) => sum + (w - mean) ** 2, 0) / kernel.length);
  expect(Math.abs(mean)).toBeLessThan(std / 50);
  expect(spread / std).toBeGreaterThan(0.99);
  expect(spread / std).toBeLessThan(1.01);
  const largest = kernel.reduce((most, w) => Math.max(most, Math.abs(w)), 0);
  expect(largest).toBeLessThanOrEqual((2 * std) / 0.8796);
});

test('the head is Glorot-uniform', () => {
  const limit = Math.sqrt(6 / (22 + 2));
  const head = values('head/conv/kernel');
  expect(Math.max(...head.map(Math.abs))).toBeLessThanOrEqual(limit);
  expect(Math.max(...head)).toBeGreaterThan(limit * 0.7);
});

test('biases and beta are 0, gamma and the moving variance 1', () => {
  expect(new Set(values('encoder1/conv1/bias'))).toEqual(new Set([0]));
  expect(new Set(values('head/norm/beta'))).toEqual(new Set([0]));
  expect(new Set(values('head/norm/gamma'))).toEqual(new Set([1]));
  expect(new Set(values('head/norm/moving_mean'))).toEqual(new Set([0]));
  expect(new Set(values('head/norm/moving_variance'))).toEqual(new Set([1]));
});

test('the seed decides', () => {
  const name = 'encoder1/conv1/kernel';
  expect(initialWeights(network, 5).get(name)).toEqual(weights.get(name));
  expect(initialWeights(network, 6).get(name)).not.toEqual(weights.get(name));
});
