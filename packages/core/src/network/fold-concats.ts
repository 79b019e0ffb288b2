import { InvalidModelError } from '../errors.ts';
import { layerInputs, type Layer, type LayerOf } from './layers/index.ts';
import { networkOutputs, type Network } from './network.ts';
import { networkShapes, networkStride } from './shapes.ts';
import type { ParameterValues } from './sigmoid-head.ts';

type Conv = LayerOf<'conv'>;

/**
 * The same function without the concatenations that only convolutions read: each of these becomes one convolution for each
 * input, and the sum of them. A runtime that adds while it convolves never writes the joined channels, which in a U-net are
 * the largest tensor.
 *
 * @param network an inference form.
 * @param values all its parameters, float32; kernels with axes y, x, input channel, output channel.
 * @returns the new network, its other layers and the sums under their old names, and its parameters.
 * @throws InvalidModelError when the network is not well formed, or a parameter is missing.
 */
export function foldConcats(
  network: Network,
  values: ParameterValues,
): { readonly network: Network; readonly values: ParameterValues } {
  const side = networkStride(network);
  const shapes = networkShapes(network, { height: side, width: side });
  const outputs = new Set(networkOutputs(network).map(({ name }) => name));
  const folded = new Map<string, readonly string[]>();
  for (const layer of network.layers) {
    if (layer.kind !== 'concat' || outputs.has(layer.name)) continue;
    const readers = network.layers.filter((reader) => layerInputs(reader).includes(layer.name));
    if (readers.length > 0 && readers.every(({ kind }) => kind === 'conv')) folded.set(layer.name, layer.inputs);
  }
  const changed = new Map(values);
  const layers = network.layers.flatMap((layer): readonly Layer[] => {
    if (folded.has(layer.name)) return [];
    const inputs = layer.kind === 'conv' ? folded.get(layer.input) : undefined;
    if (layer.kind !== 'conv' || inputs === undefined) return [layer];
    const parts = inputs.map((input, i): Conv => ({ ...layer, name: `${layer.name}/${i + 1}`, input }));
    const channels = inputs.map((input) => shapes.get(input)?.channels as number);
    splitParameters(layer, parts, channels, changed);
    return [...parts, { kind: 'add', name: layer.name, inputs: parts.map(({ name }) => name) }];
  });
  return { network: { ...network, layers }, values: changed };
}

/** The bias goes to the first part. */
function splitParameters(
  { name, kernel: side, filters }: Conv,
  parts: readonly Conv[],
  channels: readonly number[],
  values: Map<string, { readonly shape: readonly number[]; readonly data: Float32Array }>,
): void {
  const [kernel, bias] = [values.get(`${name}/kernel`), values.get(`${name}/bias`)];
  if (kernel === undefined || bias === undefined) throw new InvalidModelError(`The parameters lack those of ${name}.`);
  const joined = kernel.shape[2] as number;
  let before = 0;
  for (const [i, part] of parts.entries()) {
    const own = channels[i] as number;
    const data = new Float32Array(side * side * own * filters);
    for (let tap = 0; tap < side * side; tap++) {
      const from = (tap * joined + before) * filters;
      data.set(kernel.data.subarray(from, from + own * filters), tap * own * filters);
    }
    values.set(`${part.name}/kernel`, { shape: [side, side, own, filters], data });
    values.set(`${part.name}/bias`, { shape: [filters], data: i === 0 ? bias.data : new Float32Array(filters) });
    before += own;
  }
  values.delete(`${name}/kernel`);
  values.delete(`${name}/bias`);
}
