import type { ParameterRole } from '@dilated-unet/core';
import { describe, expect, test } from 'vitest';
import { FLOAT, type Output } from '../../src/graph/builder.ts';
import { writeTrainingLayer, type RuledLayer } from '../../src/graph/layers/index.ts';
import type { TensorShape } from '../../src/graph/layers/rule.ts';
import type { TensorData } from '../../src/tensorflow/session.ts';
import { expectGradients, inner, randomTensor } from '../support/finite-differences.ts';
import { graphFunction } from '../support/graph.ts';

interface Case {
  readonly layer: RuledLayer;
  readonly inputs: readonly TensorShape[];
  readonly output: TensorShape;
  readonly parameters?: Readonly<Partial<Record<ParameterRole, readonly number[]>>>;
  /** Checked by differences; the moving statistics are no part of the loss. */
  readonly trained?: readonly ParameterRole[];
  /** Values that keep the differences off the kinks of a piecewise linear layer. */
  readonly spread?: boolean;
}

const conv = (kernel: number, dilation: number, filters: number): RuledLayer => ({
  kind: 'conv',
  name: 'conv',
  input: 'x',
  filters,
  kernel,
  dilation,
  initializer: 'he-normal',
});

const CASES: Readonly<Record<string, Case>> = {
  'conv 3 x 3': {
    layer: conv(3, 1, 5),
    inputs: [[2, 6, 8, 3]],
    output: [2, 6, 8, 5],
    parameters: { kernel: [3, 3, 3, 5], bias: [5] },
    trained: ['kernel', 'bias'],
  },
  'conv 1 x 1': {
    layer: conv(1, 1, 2),
    inputs: [[2, 4, 5, 7]],
    output: [2, 4, 5, 2],
    parameters: { kernel: [1, 1, 7, 2], bias: [2] },
    trained: ['kernel', 'bias'],
  },
  'conv, dilation 2': {
    layer: conv(3, 2, 4),
    inputs: [[2, 7, 9, 3]],
    output: [2, 7, 9, 4],
    parameters: { kernel: [3, 3, 3, 4], bias: [4] },
    trained: ['kernel', 'bias'],
  },
  'conv, dilation 4 on an image of 12': {
    layer: conv(3, 4, 4),
    inputs: [[1, 12, 12, 3]],
    output: [1, 12, 12, 4],
    parameters: { kernel: [3, 3, 3, 4], bias: [4] },
    trained: ['kernel', 'bias'],
  },
  'conv, dilation 32 on an image of 40': {
    layer: conv(3, 32, 3),
    inputs: [[1, 40, 40, 2]],
    output: [1, 40, 40, 3],
    parameters: { kernel: [3, 3, 2, 3], bias: [3] },
    trained: ['kernel', 'bias'],
  },
  // Only the middle tap meets the image: the derivatives by the others are 0.
  'conv, dilation 32 on an image of 8': {
    layer: conv(3, 32, 4),
    inputs: [[1, 8, 8, 3]],
    output: [1, 8, 8, 4],
    parameters: { kernel: [3, 3, 3, 4], bias: [4] },
    trained: ['kernel', 'bias'],
  },
  'batch-norm': {
    layer: { kind: 'batch-norm', name: 'norm', input: 'x', momentum: 0.99, epsilon: 1e-3 },
    inputs: [[3, 4, 5, 6]],
    output: [3, 4, 5, 6],
    parameters: { gamma: [6], beta: [6], moving_mean: [6], moving_variance: [6] },
    trained: ['gamma', 'beta'],
  },
  relu: {
    layer: { kind: 'activation', name: 'relu', input: 'x', activation: 'relu' },
    inputs: [[2, 3, 4, 5]],
    output: [2, 3, 4, 5],
    spread: true,
  },
  sigmoid: {
    layer: { kind: 'activation', name: 'sigmoid', input: 'x', activation: 'sigmoid' },
    inputs: [[2, 3, 4, 5]],
    output: [2, 3, 4, 5],
  },
  dropout: {
    layer: { kind: 'dropout', name: 'dropout', input: 'x', rate: 0.3 },
    inputs: [[2, 3, 5, 3]],
    output: [2, 3, 5, 3],
  },
  'max-pool': {
    layer: { kind: 'max-pool', name: 'pool', input: 'x' },
    inputs: [[2, 4, 6, 3]],
    output: [2, 2, 3, 3],
    spread: true,
  },
  upsample: {
    layer: { kind: 'upsample', name: 'upsample', input: 'x' },
    inputs: [[2, 3, 2, 4]],
    output: [2, 6, 4, 4],
  },
  concat: {
    layer: { kind: 'concat', name: 'concat', inputs: ['a', 'b', 'c'] },
    inputs: [
      [2, 3, 4, 2],
      [2, 3, 4, 1],
      [2, 3, 4, 3],
    ],
    output: [2, 3, 4, 6],
  },
  add: {
    layer: { kind: 'add', name: 'add', inputs: ['a', 'b', 'c'] },
    inputs: [
      [2, 3, 4, 2],
      [2, 3, 4, 2],
      [2, 3, 4, 2],
    ],
    output: [2, 3, 4, 2],
  },
  'class-probability of 2': {
    layer: { kind: 'class-probability', name: 'p', input: 'x', class: 1 },
    inputs: [[2, 3, 4, 2]],
    output: [2, 3, 4, 1],
  },
  'class-probability of 2, the first': {
    layer: { kind: 'class-probability', name: 'p', input: 'x', class: 0 },
    inputs: [[2, 3, 4, 2]],
    output: [2, 3, 4, 1],
  },
  'class-probability of 5': {
    layer: { kind: 'class-probability', name: 'p', input: 'x', class: 1 },
    inputs: [[2, 3, 4, 5]],
    output: [2, 3, 4, 1],
  },
};

describe('gradients equal finite differences', () => {
  test.each(Object.entries(CASES))(
    '%s',
    async (_, { layer, inputs, output, parameters = {}, trained = [], spread }) => {
      const shapes: Record<string, readonly number[]> = { dy: output };
      inputs.forEach((shape, i) => (shapes[`x${i}`] = shape));
      for (const [role, shape] of Object.entries(parameters)) shapes[role] = shape;
      const graph = await graphFunction(shapes, (builder, given) => {
        const written = writeTrainingLayer(
          layer,
          inputs.map((_shape, i) => given(`x${i}`)),
          {
            graph: builder,
            inputShapes: inputs,
            inputChannels: inputs.map((shape) => shape[3]),
            needsInputGradient: true,
            firstWindow: 0,
            parameter: given,
            randomKey: () => builder.ints([3, 5]),
          },
        );
        const gradients = written.gradients(given('dy'));
        const fetched: Record<string, string> = { y: written.output };
        // TensorFlow fetches nothing that it is fed, and the gradient of a sum is dy itself.
        const fetchable = (x: Output): Output => builder.add('Identity', 'fetched', [x], { T: FLOAT });
        gradients.inputs.forEach((gradient, i) => (fetched[`d_x${i}`] = fetchable(gradient)));
        for (const [role, gradient] of gradients.parameters) fetched[`d_${role}`] = gradient;
        return fetched;
      });
      const values: Record<string, TensorData> = {};
      for (const [name, shape] of Object.entries(shapes)) values[name] = randomTensor(shape, name);
      if (spread === true) values['x0'] = shuffled(inputs[0] as TensorShape);
      const dy = (values['dy'] as TensorData).data;
      expect(graph.run(values)['y']).toHaveLength(dy.length);
      expectGradients({
        graph,
        inputs: values,
        value: ({ y }) => inner(y as Float32Array, dy),
        of: [...inputs.map((_shape, i) => `x${i}`), ...trained],
      });
      graph.close();
    },
  );
});

/** Values that are at least 0.05 from each other and from 0, in a fixed disorder. */
function shuffled(shape: readonly number[]): TensorData {
  const size = shape.reduce((product, side) => product * side, 1);
  const { data } = randomTensor(shape, 'order');
  const order = [...data.keys()].sort((a, b) => (data[a] as number) - (data[b] as number));
  const values = new Float32Array(size);
  order.forEach((place, rank) => (values[place] = (rank - size / 2 + 0.5) * 0.05));
  return { shape, data: values };
}
