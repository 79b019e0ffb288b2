import { InvalidOptionError } from '../errors.ts';
import { layerInputs, type Layer } from './layers/index.ts';
import { networkInputs, networkOutputs, type Network } from './network.ts';
import { neededPositions } from './receptive-field.ts';
import { layerScales, networkShapes, networkStride } from './shapes.ts';

/** One part of a network that is cut: the layers behind the part before, up to `last`. */
export interface PartEnd {
  readonly name: string;
  /** Name of its last layer. */
  readonly last: string;
}

/** A tensor that a network reads or gives: axes n, y, x, channel. */
export interface Port {
  /** Name of the layer. */
  readonly name: string;
  readonly channels: number;
  /** Image pixels per pixel, along either axis. */
  readonly scale: number;
}

/** A tensor that a network reads. */
export interface InputPort extends Port {
  /**
   * How far, in its own pixels, a region of the outputs reads beyond itself, where the region begins and ends on
   * multiples of the network's stride (image pixels). Exact: the pixel at the rim matters, the next one does not.
   */
  readonly halo: number;
}

/**
 * Cuts `network` into parts that run one after another: a part reads what earlier parts give (a decoder its skips too),
 * under the names that the layers have in the whole, and together they give what the whole gives. Each is a network of
 * its own, whose cost is `networkCost` of it at the image's size.
 *
 * @param parts in order, each with its last layer; the last part ends in the network's last layer.
 * @throws InvalidOptionError when the ends are not layers of the network in their order, or the last is not its last.
 * @throws InvalidModelError when the network is not well formed.
 */
export function splitAt(network: Network, parts: readonly PartEnd[]): readonly Network[] {
  const { layers } = network;
  const ends = parts.map(({ last }) => layers.findIndex(({ name }) => name === last));
  if (ends.at(-1) !== layers.length - 1 || ends.some((end, i) => end <= (ends[i - 1] ?? -1))) {
    const rule = `must name layers of "${network.name}" in their order and end in its last, "${layers.at(-1)?.name ?? ''}"`;
    throw new InvalidOptionError('parts', rule, parts.map(({ last }) => last).join(', '));
  }
  const ports = portsOf(network);
  const given = new Set(networkOutputs(network).map(({ name }) => name));
  return parts.map(({ name }, i): Network => {
    const own = layers.slice((ends[i - 1] ?? -1) + 1, (ends[i] as number) + 1);
    const names = new Set(own.map((layer) => layer.name));
    const readHere = readBy(own);
    const readLater = readBy(layers.slice((ends[i] as number) + 1));
    const inputs = layers
      .filter((layer) => readHere.has(layer.name) && !names.has(layer.name))
      .map((layer): Layer => (layer.kind === 'input' ? layer : { kind: 'input', ...(ports.get(layer.name) as Port) }));
    return {
      name,
      layers: [...inputs, ...own],
      outputs: own.map((layer) => layer.name).filter((own) => readLater.has(own) || given.has(own)),
    };
  });
}

/**
 * What `network` reads, and how far beyond a region of its outputs, and what it gives.
 *
 * @throws InvalidModelError when the network is not well formed.
 */
export function networkPorts(network: Network): {
  readonly inputs: readonly InputPort[];
  readonly outputs: readonly Port[];
} {
  const ports = portsOf(network);
  const stride = networkStride(network);
  const outputs = networkOutputs(network).map(({ name }) => ports.get(name) as Port);
  const inputs = networkInputs(network).map(({ name }): InputPort => {
    const port = ports.get(name) as Port;
    const reaches = outputs.map((output) => {
      const wanted = neededPositions(network, output.name, [0, stride / output.scale - 1]).get(name);
      return wanted === undefined ? 0 : Math.max(-wanted[0], wanted[1] - (stride / port.scale - 1));
    });
    return { ...port, halo: Math.max(0, ...reaches) };
  });
  return { inputs, outputs };
}

function readBy(layers: readonly Layer[]): ReadonlySet<string> {
  return new Set(layers.flatMap(layerInputs));
}

function portsOf(network: Network): ReadonlyMap<string, Port> {
  const scales = layerScales(network);
  const side = networkStride(network);
  return new Map(
    [...networkShapes(network, { height: side, width: side })].map(([name, { channels }]) => [
      name,
      { name, channels, scale: scales.get(name) as number },
    ]),
  );
}
