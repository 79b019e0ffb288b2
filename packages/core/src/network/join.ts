import { layerInputs, type Layer } from './layers/index.ts';
import { networkOutputs, type Network } from './network.ts';

/**
 * Parts of a network as one, under the name of the last: the inverse of `splitAt`, for neighbours and others. What the last
 * reads of the ones before is computed in it; what it reads of none of them is an input. Layers on which its outputs do not
 * depend are left out.
 *
 * @param parts in their order in the network; a decoder after its encoder, for one, reads the image in place of the skips.
 */
export function joinParts(parts: readonly [...(readonly Network[]), Network]): Network {
  const last = parts.at(-1) as Network;
  const layers = new Map<string, Layer>();
  for (const layer of parts.flatMap((part) => part.layers)) {
    if (layer.kind !== 'input' || !layers.has(layer.name)) layers.set(layer.name, layer);
  }
  const outputs = networkOutputs(last).map(({ name }) => name);
  const needed = new Set(outputs);
  const kept = [...layers.values()].toReversed().filter((layer) => {
    if (!needed.has(layer.name)) return false;
    for (const name of layerInputs(layer)) needed.add(name);
    return true;
  });
  const isInput = ({ kind }: Layer): boolean => kind === 'input';
  const inOrder = kept.toReversed();
  return {
    name: last.name,
    layers: [...inOrder.filter(isInput), ...inOrder.filter((layer) => !isInput(layer))],
    outputs,
  };
}
