import { malformed } from './fold.ts';
import { layerInputs, outputLayer, type Layer, type Network } from './layers.ts';
import { layerScales } from './shapes.ts';

/** What an output pixel depends on. */
export interface ReceptiveField {
  /**
   * Farthest input pixel, along either axis and in either direction, on which some output pixel depends, pixels. An
   * output pixel that is farther than this from a border of a tile does not see that border.
   */
  readonly radius: number;
  /** Product of the poolings, pixels: the reach of an output pixel depends on its position modulo this. */
  readonly stride: number;
}

/** First and last position of one axis, both included. */
type Interval = readonly [first: number, last: number];

/**
 * The exact receptive field of `network` (Araujo et al. 2019, https://doi.org/10.23915/distill.00021, extended by
 * upsampling, for which pixels of one output see unequally far).
 *
 * For each output position modulo the stride, the first and last position that are needed of each layer are followed
 * back to the input. Axes are alike and independent, since kernels and poolings are square; every layer kind maps the
 * ends of an interval to the ends of the interval it needs, so nothing is over-estimated.
 *
 * @throws InvalidModelError when the network is not well formed, or its output is not of the image's size.
 */
export function receptiveField(network: Network): ReceptiveField {
  const scales = layerScales(network);
  const output = outputLayer(network);
  const scale = scales.get(output.name);
  if (scale !== 1) {
    throw malformed(network, `its output is 1/${scale} of the image's size`, 'Upsample as often as you pool');
  }
  const stride = Math.max(...scales.values());
  let radius = 0;
  for (let position = 0; position < stride; position++) {
    const [first, last] = neededOfInput(network, output, position);
    radius = Math.max(radius, position - first, last - position);
  }
  return { radius, stride };
}

function neededOfInput(network: Network, output: Layer, position: number): Interval {
  const needed = new Map<string, Interval>([[output.name, [position, position]]]);
  for (const layer of network.layers.toReversed()) {
    const wanted = needed.get(layer.name);
    if (wanted === undefined) continue;
    if (layer.kind === 'input') return wanted;
    const [first, last] = neededOfInputs(layer, wanted);
    for (const name of layerInputs(layer)) {
      const known = needed.get(name);
      needed.set(name, known === undefined ? [first, last] : [Math.min(first, known[0]), Math.max(last, known[1])]);
    }
  }
  return [position, position];
}

/** The positions that `layer` reads of each of its inputs to give `wanted` of its output. */
function neededOfInputs(layer: Layer, [first, last]: Interval): Interval {
  switch (layer.kind) {
    case 'conv': {
      const reach = ((layer.kernel - 1) / 2) * layer.dilation;
      return [first - reach, last + reach];
    }
    case 'max-pool':
      return [first * 2, last * 2 + 1];
    case 'upsample':
      return [Math.floor(first / 2), Math.floor(last / 2)];
    default:
      return [first, last];
  }
}
