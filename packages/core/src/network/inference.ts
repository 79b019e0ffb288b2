import { foldLayers } from './fold.ts';
import { layerInputs, outputLayer, type Layer, type Network } from './layers.ts';

/**
 * The network as it predicts: dropout, which does nothing outside of training, is taken out, and so are layers on which
 * the output does not depend. The other layers keep their names, and so their parameters.
 *
 * @returns a network that gives the same output as `network` does outside of training.
 * @throws InvalidModelError when the network is not well formed.
 */
export function inferenceForm(network: Network): Network {
  const source = foldLayers<string>(network, (layer, inputs) =>
    layer.kind === 'dropout' ? (inputs[0] as string) : layer.name,
  );
  const resolve = (name: string): string => source.get(name) ?? name;

  const needed = new Set([resolve(outputLayer(network).name)]);
  const layers: Layer[] = [];
  for (const layer of network.layers.toReversed()) {
    if (!needed.has(layer.name)) continue;
    for (const name of layerInputs(layer)) needed.add(resolve(name));
    layers.unshift(withInputs(layer, resolve));
  }
  return { name: network.name, layers };
}

function withInputs(layer: Layer, resolve: (name: string) => string): Layer {
  if (layer.kind === 'input') return layer;
  if ('inputs' in layer) return { ...layer, inputs: layer.inputs.map(resolve) };
  return { ...layer, input: resolve(layer.input) };
}
