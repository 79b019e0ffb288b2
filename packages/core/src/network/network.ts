import { InvalidModelError } from '../errors.ts';
import type { InputLayer } from './layers/input.ts';
import type { Layer } from './layers/index.ts';

/** A feed-forward network: layers in topological order, its inputs first. */
export interface Network {
  readonly name: string;
  readonly layers: readonly Layer[];
  /** Names of the layers whose values it gives. @default the last layer alone */
  readonly outputs?: readonly string[];
}

/** The layers that stand for what the network is given. */
export function networkInputs(network: Network): readonly InputLayer[] {
  return network.layers.filter((layer) => layer.kind === 'input');
}

/** The layers whose values the network gives. @throws InvalidModelError when it has no layers, or lacks an output. */
export function networkOutputs(network: Network): readonly Layer[] {
  const last = network.layers.at(-1);
  if (last === undefined) throw malformed(network, 'it has no layers', 'Begin with an input layer');
  return (network.outputs ?? [last.name]).map((name) => {
    const layer = network.layers.find((candidate) => candidate.name === name);
    if (layer === undefined) throw malformed(network, `its output "${name}" is missing`, 'Name one of its layers');
    return layer;
  });
}

/** The input of a network that has one. @throws InvalidModelError when it has none or several. */
export function inputLayer(network: Network): InputLayer {
  return only(network, 'input', networkInputs(network));
}

/** The output of a network that has one. @throws InvalidModelError when it has none or several. */
export function outputLayer(network: Network): Layer {
  return only(network, 'output', networkOutputs(network));
}

/** An error that says why `network` is not a network, and what to do. */
export function malformed(network: Network, what: string, remedy: string): InvalidModelError {
  return new InvalidModelError(`Network "${network.name}" is not well formed: ${what}. ${remedy}.`);
}

function only<L extends Layer>(network: Network, what: string, layers: readonly L[]): L {
  const [first, ...more] = layers;
  if (first !== undefined && more.length === 0) return first;
  const names = layers.map(({ name }) => name).join(', ');
  throw new InvalidModelError(
    `Network "${network.name}" has ${layers.length} ${what}s${names && ` (${names})`}, where one is needed.`,
  );
}
