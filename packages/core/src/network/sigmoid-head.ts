import { InvalidModelError } from '../errors.ts';
import type { Layer } from './layers/index.ts';
import { outputLayer, type Network } from './network.ts';

/** Values of parameters by name: float32, row-major. */
export type ParameterValues = ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>;

/**
 * A network of two classes whose head, `conv` then the softmax probability p of class k, becomes a `conv` of one filter
 * and a sigmoid: p = 1 / (1 + exp(-(l_k - l_other))), and the difference of two convolutions of one tensor is the
 * convolution with the difference of their kernels. The same function, with half the head's arithmetic.
 *
 * @param values all parameters of `network`.
 * @returns the new network, its layers under their old names, and its parameters; `network` and `values` themselves
 * where the head is of another form (more classes).
 * @throws InvalidModelError when the head's parameters are missing.
 */
export function sigmoidHead(
  network: Network,
  values: ParameterValues,
): { readonly network: Network; readonly values: ParameterValues } {
  const head = outputLayer(network);
  if (head.kind !== 'class-probability') return { network, values };
  const conv = network.layers.find((layer) => layer.name === head.input);
  const readers = network.layers.filter((layer) => 'input' in layer && layer.input === head.input);
  if (conv?.kind !== 'conv' || conv.filters !== 2 || readers.length !== 1) return { network, values };

  const replaced = new Map(values);
  for (const role of ['kernel', 'bias'] as const) {
    const name = `${conv.name}/${role}`;
    const value = values.get(name);
    if (value === undefined) throw new InvalidModelError(`The parameters of "${network.name}" lack ${name}.`);
    const data = new Float32Array(value.data.length / 2);
    for (let i = 0; i < data.length; i++) {
      data[i] = (value.data[2 * i + head.class] as number) - (value.data[2 * i + 1 - head.class] as number);
    }
    replaced.set(name, { shape: [...value.shape.slice(0, -1), 1], data });
  }
  const layers = network.layers.map((layer): Layer => {
    if (layer === conv) return { ...conv, filters: 1 };
    if (layer === head) return { kind: 'activation', name: head.name, input: head.input, activation: 'sigmoid' };
    return layer;
  });
  return { network: { ...network, layers }, values: replaced };
}
