import { layerInputs, type Layer } from './layers/index.ts';
import { malformed, networkOutputs, type Network } from './network.ts';

/**
 * A value for each layer, computed from the values of its inputs, in the order of the layers. Shapes, scales and
 * parameters are such values; the structure of the network is checked here, once for all of them.
 *
 * @param rule the value of `layer`, given those of its inputs in order.
 * @returns values by layer name, in the order of the layers.
 * @throws InvalidModelError when a name occurs twice, an input or output is missing, an input comes later, a layer that
 * joins has no inputs, or the input layers are not the first.
 */
export function foldLayers<T>(
  network: Network,
  rule: (layer: Layer, inputs: readonly T[]) => T,
): ReadonlyMap<string, T> {
  networkOutputs(network);
  const values = new Map<string, T>();
  let before: Layer['kind'] = 'input';
  network.layers.forEach((layer, index) => {
    if (values.has(layer.name)) {
      throw malformed(network, `two layers are named "${layer.name}"`, 'Give each layer its own name');
    }
    if (index === 0 ? layer.kind !== 'input' : layer.kind === 'input' && before !== 'input') {
      throw malformed(
        network,
        `layer ${index}, "${layer.name}", is of kind ${layer.kind}`,
        'The first layers, and no others, must be of kind input',
      );
    }
    before = layer.kind;
    const names = layerInputs(layer);
    if (names.length === 0 && layer.kind !== 'input') {
      throw malformed(network, `layer "${layer.name}" has no inputs`, 'Name at least one earlier layer');
    }
    const inputs = names.map((name) => {
      if (!values.has(name)) throw unknownInput(network, layer, name);
      return values.get(name) as T;
    });
    values.set(layer.name, rule(layer, inputs));
  });
  return values;
}

function unknownInput(network: Network, layer: Layer, name: string): Error {
  const later = network.layers.some((other) => other.name === name);
  return later
    ? malformed(network, `layer "${layer.name}" reads "${name}", which comes later`, 'Put each layer behind its inputs')
    : malformed(network, `layer "${layer.name}" reads "${name}", which is missing`, 'Name an earlier layer');
}
