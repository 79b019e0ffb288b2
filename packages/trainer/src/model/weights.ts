import {
  networkParameters,
  type ConvLayer,
  type Network,
  type Parameter,
  type ParameterValues,
} from '@dilated-unet/core';
import { stream, type Random } from '../random.ts';

/** Tensors by name: float32, row-major. */
export type Tensors = ParameterValues;

/** Standard deviation of a normal distribution cut at two standard deviations, in those. */
const TRUNCATED_STD = 0.87962566103423978;

/** Zeros, float32. */
export function zeros(shape: readonly number[]): { readonly shape: readonly number[]; readonly data: Float32Array } {
  return { shape, data: new Float32Array(shape.reduce((product, side) => product * side, 1)) };
}

/**
 * The parameters of `network` before training, as Keras draws them: kernels He-normal (He et al. 2015; truncated at two
 * standard deviations) or Glorot-uniform (Glorot & Bengio 2010), biases and beta 0, gamma 1, moving mean 0 and variance 1.
 *
 * @param seed each kernel has a stream of its own, keyed by its name.
 */
export function initialWeights(network: Network, seed: number): Tensors {
  const convs = new Map(
    network.layers.flatMap((layer) => (layer.kind === 'conv' ? [[layer.name, layer] as const] : [])),
  );
  return new Map(
    networkParameters(network).map((parameter) => {
      const { shape, data } = zeros(parameter.shape);
      if (parameter.role === 'gamma' || parameter.role === 'moving_variance') data.fill(1);
      if (parameter.role === 'kernel') {
        const draw = kernelDraw(parameter, convs.get(parameter.layer) as ConvLayer, stream(seed, parameter.name));
        for (let i = 0; i < data.length; i++) data[i] = draw();
      }
      return [parameter.name, { shape, data }];
    }),
  );
}

function kernelDraw(parameter: Parameter, layer: ConvLayer, random: Random): () => number {
  const [height, width, channels, filters] = parameter.shape as [number, number, number, number];
  const fanIn = height * width * channels;
  const fanOut = height * width * filters;
  if (layer.initializer === 'glorot-uniform') {
    const limit = Math.sqrt(6 / (fanIn + fanOut));
    return () => random.uniform(-limit, limit);
  }
  const std = Math.sqrt(2 / fanIn) / TRUNCATED_STD;
  return () => {
    let value = random.normal();
    while (Math.abs(value) > 2) value = random.normal();
    return value * std;
  };
}
