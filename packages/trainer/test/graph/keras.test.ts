import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { networkParameters, variant, VARIANT_NAMES, type Network, type VariantName } from '@dilated-unet/core';
import { describe, expect, test } from 'vitest';
import { writeSavedModel } from '../../src/graph/encoding/saved-model.ts';
import { writeTrainingGraph } from '../../src/graph/training-graph.ts';
import { GraphSession, intScalar, scalar, type TensorData } from '../../src/tensorflow/session.ts';
import type { Tensors } from '../../src/weights.ts';
import { kerasReference } from '../support/keras.ts';

/** Largest difference over the largest value. */
function relativeDifference(actual: Float32Array, expected: Float32Array, least = 0): number {
  let difference = 0;
  let largest = least;
  expected.forEach((value, i) => {
    difference = Math.max(difference, Math.abs((actual[i] as number) - value));
    largest = Math.max(largest, Math.abs(value));
  });
  return difference / largest;
}

async function trainable(network: Network, window: number, batchSize: number, initial: Tensors) {
  const graph = writeTrainingGraph(network, { batchSize, window, seed: 1, fetchGradients: true });
  const directory = await mkdtemp(join(tmpdir(), 'dilated-unet-training-'));
  await writeSavedModel(directory, graph.nodes, graph.signatures, graph.initialise);
  const session = await GraphSession.open(directory, graph.signatures);
  await rm(directory, { recursive: true });
  const zeros = (shape: readonly number[]) => new Float32Array(shape.reduce((product, side) => product * side, 1));
  const assign = (weights: Tensors) =>
    session.run(
      'assign',
      Object.fromEntries(
        graph.state.map(({ name, shape }) => [name, weights.get(name) ?? { shape, data: zeros(shape) }]),
      ),
    );
  assign(initial);
  const step = (batch: Tensors, index: number, rate: number) =>
    session.run('train', {
      images: batch.get('images') as TensorData,
      labels: batch.get('labels') as TensorData,
      rate: scalar(rate),
      step: intScalar(index),
    });
  return { session, step, assign };
}

const withoutDropout = (name: VariantName): Network => variant(name, { dropout: 0 });

// Keras in float64 is the reference. Where rounding moves one ReLU's input across 0, or another pixel becomes the maximum
// of a pooling window, Keras in float32 is percents from itself in float64: the images are small, so that none is near.
// Dilations beyond the bottleneck's width are met in layers.test.ts.
describe('one step of the whole network equals Keras', () => {
  test.each(VARIANT_NAMES)('%s: loss, the gradient of every weight, and the prediction', async (name) => {
    const size = 32;
    const reference = await kerasReference({
      variant: name,
      size,
      batch: 2,
      steps: 1,
      flags: ['--clear-of-kinks', '--float64'],
    });
    const network = withoutDropout(name);
    const { session, step, assign } = await trainable(network, size, 2, reference.set('initial'));
    const fetched = step(reference.set('batch/0'), 0, reference.rates[0] as number);
    const [loss] = reference.losses as [number];
    expect(Math.abs(((fetched['loss'] as Float32Array)[0] as number) - loss) / loss).toBeLessThan(1e-4);
    const [dice] = reference.dice as [number];
    expect(Math.abs(((fetched['dice'] as Float32Array)[0] as number) - dice) / dice).toBeLessThan(1e-4);

    const gradients = reference.set('gradient');
    const trained = networkParameters(network).filter((parameter) => parameter.trainable);
    expect([...gradients.keys()].sort()).toEqual(trained.map((parameter) => parameter.name).sort());
    const failures: string[] = [];
    const largest = (values: Float32Array): number => values.reduce((most, g) => Math.max(most, Math.abs(g)), 0);
    for (const { name: parameter, layer, role } of trained) {
      const expected = (gradients.get(parameter) as { data: Float32Array }).data;
      const actual = fetched[`gradient/${parameter}`] as Float32Array;
      // A batch-norm downstream takes out what biases and betas add: but for borders and rounding, their gradients are 0.
      // They are measured by the gradient of the layer's other weights.
      const other = gradients.get(`${layer}/${role === 'bias' ? 'kernel' : 'gamma'}`);
      const scale = role === 'bias' || role === 'beta' ? largest((other as { data: Float32Array }).data) : 0;
      const difference = relativeDifference(actual, expected, scale);
      if (difference >= 1e-4) failures.push(`${parameter}: ${difference}`);
    }
    expect(failures).toEqual([]);

    assign(reference.set('final'));
    const { probability } = session.run('predict', { images: reference.set('batch/0').get('images') as TensorData });
    expect(relativeDifference(probability as Float32Array, reference.prediction)).toBeLessThan(1e-4);
    session.close();
  });
});

describe('a run equals Keras', () => {
  test.each(['unet', 'dilated-unet'] as const)('%s: 20 steps of RMSprop under a cyclical rate', async (name) => {
    const size = 64;
    const reference = await kerasReference({
      variant: name,
      size,
      batch: 2,
      steps: 20,
      flags: ['--clear-of-kinks', '--base-rate', '1e-5', '--max-rate', '2e-4', '--step-size', '10'],
    });
    const network = withoutDropout(name);
    const { session, step } = await trainable(network, size, 2, reference.set('initial'));
    reference.losses.forEach((expected, index) => {
      const { loss } = step(reference.set(`batch/${index}`), index, reference.rates[index] as number);
      expect(Math.abs(((loss as Float32Array)[0] as number) - expected), `loss of step ${index}`).toBeLessThan(1e-3);
    });
    const final = reference.set('final');
    const read = session.run('read', { ignored: scalar(0) });
    for (const { name: parameter, role } of networkParameters(network)) {
      if (role !== 'moving_mean' && role !== 'moving_variance') continue;
      const expected = (final.get(parameter) as { data: Float32Array }).data;
      expect(relativeDifference(read[parameter] as Float32Array, expected), parameter).toBeLessThan(1e-3);
    }
    session.close();
  });
});
