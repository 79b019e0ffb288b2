import { networkParameters, variant, VARIANT_NAMES, type Network, type VariantName } from '@dilated-unet/core';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Rewrite, rewritesFor } from '../../src/graph/rewrites/index.ts';
import type { TensorData } from '../../src/tensorflow/session.ts';
import { AVX512, EXACT } from '../support/targets.ts';
import { kerasReference, type KerasReference } from '../support/keras.ts';
import { openTraining } from '../support/training-graph.ts';

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

const batchOf = (reference: KerasReference, step: number) => {
  const tensors = reference.set(`batch/${step}`);
  return { images: tensors.get('images') as TensorData, labels: tensors.get('labels') as TensorData };
};

const withoutDropout = (name: VariantName): Network => variant(name, { dropout: 0 });

// Keras in float64 is the reference. Where rounding moves one ReLU's input across 0, or another pixel becomes the maximum
// of a pooling window, Keras in float32 is percents from itself in float64: the images are small, so that none is near.
// Dilations beyond the bottleneck's width are met in layers.test.ts.
const CPU = rewritesFor(AVX512);
const GRAPHS: Readonly<Record<string, readonly Rewrite[]>> = {
  'the plain graph': [],
  'the graph for a CPU with AVX-512': CPU,
};
// More than any machine is given. Compiling it takes half a minute: of one network, which has the layers of all.
const ALL_REWRITES: Readonly<Record<string, readonly Rewrite[]>> = { 'the graph of all rewrites': EXACT };

describe.each(VARIANT_NAMES)('one step of the whole network equals Keras: %s', (name) => {
  const size = 32;
  let reference: KerasReference;
  beforeAll(async () => {
    const flags = ['--clear-of-kinks', '--float64'];
    reference = await kerasReference({ variant: name, size, batch: 2, steps: 1, flags });
  });

  test.each(Object.entries({ ...GRAPHS, ...(name === 'dilated-unet' && ALL_REWRITES) }))(
    '%s: loss, the gradient of every weight, and the prediction',
    async (_name, rewrites) => {
      const network = withoutDropout(name);
      const weights = reference.set('initial');
      const graph = await openTraining(network, { window: size, batchSize: 2, weights, rewrites });
      const fetched = graph.step(batchOf(reference, 0), 0, reference.rates[0] as number);
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

      graph.assign(reference.set('final'));
      expect(relativeDifference(graph.predict(batchOf(reference, 0).images), reference.prediction)).toBeLessThan(1e-4);
      graph.close();
    },
  );
});

// Half of the pixels have no label: -1 for us, a sample weight of 0 for Keras.
describe('a step with partial labels equals Keras', () => {
  const name = 'unet';
  let reference: KerasReference;
  beforeAll(async () => {
    const flags = ['--clear-of-kinks', '--float64', '--ignored', '0.5'];
    reference = await kerasReference({ variant: name, size: 32, batch: 2, steps: 1, flags });
  });

  test.each(Object.entries(GRAPHS))('%s: loss, Dice and the gradient of every kernel', async (_name, rewrites) => {
    const { images, labels } = batchOf(reference, 0);
    const ignored = labels.data.filter((label) => label === -1).length;
    expect(ignored / labels.data.length).toBeCloseTo(0.5, 2);
    const graph = await openTraining(withoutDropout(name), {
      window: 32,
      batchSize: 2,
      weights: reference.set('initial'),
      rewrites,
      isPartial: true,
    });
    const fetched = graph.step({ images, labels }, 0, reference.rates[0] as number);
    graph.close();
    const [[loss], [dice]] = [reference.losses, reference.dice] as [[number], [number]];
    expect(Math.abs(((fetched['loss'] as Float32Array)[0] as number) - loss) / loss).toBeLessThan(1e-4);
    expect(Math.abs(((fetched['dice'] as Float32Array)[0] as number) - dice) / dice).toBeLessThan(1e-4);
    const differences = [...reference.set('gradient')]
      .filter(([parameter]) => parameter.endsWith('/kernel') || parameter.endsWith('/gamma'))
      .map(([parameter, { data }]) => ({
        parameter,
        difference: relativeDifference(fetched[`gradient/${parameter}`] as Float32Array, data),
      }));
    expect(differences.length).toBeGreaterThan(30);
    expect(differences.filter(({ difference }) => difference >= 1e-4)).toEqual([]);
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
    const graph = await openTraining(network, {
      window: size,
      batchSize: 2,
      weights: reference.set('initial'),
      rewrites: CPU,
    });
    reference.losses.forEach((expected, index) => {
      const { loss } = graph.step(batchOf(reference, index), index, reference.rates[index] as number);
      expect(Math.abs(((loss as Float32Array)[0] as number) - expected), `loss of step ${index}`).toBeLessThan(1e-3);
    });
    const final = reference.set('final');
    const read = graph.read();
    for (const { name: parameter, role } of networkParameters(network)) {
      if (role !== 'moving_mean' && role !== 'moving_variance') continue;
      const expected = (final.get(parameter) as { data: Float32Array }).data;
      expect(relativeDifference(read[parameter] as Float32Array, expected), parameter).toBeLessThan(1e-3);
    }
    graph.close();
  });
});
