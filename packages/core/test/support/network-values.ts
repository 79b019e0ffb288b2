import { networkParameters, type Network, type ParameterValues } from '../../src/index.ts';
import { uniform } from './random.ts';
import { randomWeights, referencePredictor, type Weights } from './reference-network.ts';

const SIZE = { width: 24, height: 16 };

/** Random parameters of `network`. */
export function valuesOf(network: Network, seed: number): ParameterValues {
  const weights = randomWeights(network, seed);
  return new Map(
    networkParameters(network).map(({ name, shape }) => [
      name,
      { shape, data: Float32Array.from(weights.get(name) ?? []) },
    ]),
  );
}

const weightsOf = (values: ParameterValues): Weights =>
  new Map([...values].map(([name, { data }]) => [name, Float64Array.from(data)]));

/** Shapes of `values` by name. */
export const shapesOf = (values: ParameterValues) => new Map([...values].map(([name, { shape }]) => [name, shape]));

/** Shapes of the parameters that `network` needs. */
export const shapesFor = (network: Network) =>
  new Map(networkParameters(network).map(({ name, shape }) => [name, shape]));

/** Largest difference between two networks, borders included, as a share of the range of what the first gives. */
export async function relativeDifference(
  network: Network,
  values: ParameterValues,
  other: { readonly network: Network; readonly values: ParameterValues },
): Promise<number> {
  const input = Float32Array.from({ length: SIZE.width * SIZE.height }, uniform(9));
  const before = await referencePredictor(network, weightsOf(values))(input, SIZE);
  const after = await referencePredictor(other.network, weightsOf(other.values))(input, SIZE);
  const largest = before.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  return after.reduce((most, value, i) => Math.max(most, Math.abs(value - (before[i] as number))), 0) / largest;
}
