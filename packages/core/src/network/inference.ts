import { foldLayers } from './fold.ts';
import { layerInputs, rulesOf, type Layer } from './layers/index.ts';
import { networkOutputs, type Network } from './network.ts';

/**
 * The network as it predicts: layers that do nothing outside of training (dropout) are taken out, and so are layers on
 * which no output depends. The other layers keep their names, and so their parameters.
 *
 * @returns a network that gives the same output as `network` does outside of training.
 * @throws InvalidModelError when the network is not well formed.
 */
export function inferenceForm(network: Network): Network {
  const source = foldLayers<string>(network, (layer, inputs) =>
    rulesOf(layer).onlyInTraining ? (inputs[0] as string) : layer.name,
  );
  const resolve = (name: string): string => source.get(name) ?? name;

  const outputs = networkOutputs(network).map(({ name }) => resolve(name));
  const needed = new Set(outputs);
  const layers: Layer[] = [];
  for (const layer of network.layers.toReversed()) {
    if (!needed.has(layer.name)) continue;
    for (const name of layerInputs(layer)) needed.add(resolve(name));
    layers.unshift(withInputs(layer, resolve));
  }
  return { name: network.name, layers, ...(network.outputs !== undefined && { outputs }) };
}

function withInputs(layer: Layer, resolve: (name: string) => string): Layer {
  if (layer.kind === 'input') return layer;
  if ('inputs' in layer) return { ...layer, inputs: layer.inputs.map(resolve) };
  return { ...layer, input: resolve(layer.input) };
}
