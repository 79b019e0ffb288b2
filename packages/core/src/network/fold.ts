import { InvalidModelError } from '../errors.ts';
import { layerInputs, type Layer, type Network } from './layers.ts';

/**
 * A value for each layer, computed from the values of its inputs, in the order of the layers. Shapes, scales and
 * reaches are such values; the structure of the network is checked here, once for all of them.
 *
 * @param rule the value of `layer`, given those of its inputs in order.
 * @returns values by layer name, in the order of the layers.
 * @throws InvalidModelError when a name occurs twice, an input is missing or comes later, a layer that joins has no
 * inputs, or the first layer is not the only input layer.
 */
export function foldLayers<T>(
  network: Network,
  rule: (layer: Layer, inputs: readonly T[]) => T,
): ReadonlyMap<string, T> {
  const { layers } = network;
  if (layers.length === 0) throw malformed(network, 'it has no layers', 'Begin with an input layer');
  const values = new Map<string, T>();
  layers.forEach((layer, index) => {
    if (values.has(layer.name)) {
      throw malformed(network, `two layers are named "${layer.name}"`, 'Give each layer its own name');
    }
    if ((layer.kind === 'input') !== (index === 0)) {
      throw malformed(
        network,
        `layer ${index}, "${layer.name}", is of kind ${layer.kind}`,
        'The first layer, and no other, must be of kind input',
      );
    }
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

/** An error that says why `network` is not a network, and what to do. */
export function malformed(network: Network, what: string, remedy: string): InvalidModelError {
  return new InvalidModelError(`Network "${network.name}" is not well formed: ${what}. ${remedy}.`);
}

function unknownInput(network: Network, layer: Layer, name: string): InvalidModelError {
  const later = network.layers.some((other) => other.name === name);
  return later
    ? malformed(network, `layer "${layer.name}" reads "${name}", which comes later`, 'Put each layer behind its inputs')
    : malformed(network, `layer "${layer.name}" reads "${name}", which is missing`, 'Name an earlier layer');
}
