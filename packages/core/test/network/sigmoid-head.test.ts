import { describe, expect, it } from 'vitest';
import {
  inferenceForm,
  InvalidModelError,
  networkParameters,
  sigmoidHead,
  unet,
  type Network,
  type ParameterValues,
} from '../../src/index.ts';
import { uniform } from '../support/random.ts';
import { randomWeights, referencePredictor } from '../support/reference-network.ts';

function valuesOf(network: Network): ParameterValues {
  const weights = randomWeights(network, 3);
  return new Map(
    networkParameters(network).map(({ name, shape }) => {
      return [name, { shape, data: Float32Array.from(weights.get(name) ?? []) }];
    }),
  );
}

const weightsOf = (values: ParameterValues) =>
  new Map([...values].map(([name, { data }]) => [name, Float64Array.from(data)]));

describe('sigmoidHead', () => {
  const network = inferenceForm(unet({ encoderFilters: [2], decoderFilters: [2] }));

  it('is the same function with half the head', async () => {
    const values = valuesOf(network);
    const result = sigmoidHead(network, values);
    const input = Float32Array.from({ length: 16 * 16 }, uniform(9));
    const size = { width: 16, height: 16 };
    const before = await referencePredictor(network, weightsOf(values))(input, size);
    const after = await referencePredictor(result.network, weightsOf(result.values))(input, size);
    expect(Math.max(...after.map((value, i) => Math.abs(value - (before[i] as number))))).toBeLessThan(1e-6);
    expect(Math.max(...before) - Math.min(...before)).toBeGreaterThan(0.01);
  });

  it('leaves parameters that fit the new network', () => {
    const { network: changed, values } = sigmoidHead(network, valuesOf(network));
    const shapes = networkParameters(changed).map(({ name, shape }) => [name, shape]);
    expect(shapes).toEqual([...values].map(([name, { shape }]) => [name, shape]));
    expect(changed.layers.at(-1)).toMatchObject({ name: 'interior', kind: 'activation', activation: 'sigmoid' });
  });

  it('leaves a network of three classes as it is', () => {
    const three = inferenceForm(unet({ classes: 3, encoderFilters: [1], decoderFilters: [1] }));
    const values = valuesOf(three);
    expect(sigmoidHead(three, values)).toEqual({ network: three, values });
  });

  it('rejects parameters without those of the head', () => {
    expect(() => sigmoidHead(network, new Map())).toThrow(InvalidModelError);
    expect(() => sigmoidHead(network, new Map())).toThrow('head/conv/kernel');
  });
});
