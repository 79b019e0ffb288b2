import { layerInputs, rulesOf } from './layers/index.ts';
import type { Interval } from './layers/rules.ts';
import { inputLayer, malformed, outputLayer, type Network } from './network.ts';
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

/**
 * The exact receptive field of `network` (Araujo et al. 2019, https://doi.org/10.23915/distill.00021, extended by
 * upsampling, for which pixels of one output see unequally far).
 *
 * For each output position modulo the stride, the first and last position that are needed of each layer are followed
 * back to the input. Axes are alike and independent, since kernels and poolings are square; every layer kind maps the
 * ends of an interval to the ends of the interval it needs, so nothing is over-estimated.
 *
 * @throws InvalidModelError when the network is not well formed, has several inputs or outputs, or its output is not of
 * the image's size.
 */
export function receptiveField(network: Network): ReceptiveField {
  const scales = layerScales(network);
  const [input, output] = [inputLayer(network), outputLayer(network)];
  const scale = scales.get(output.name);
  if (scale !== 1) {
    throw malformed(network, `its output is 1/${scale} of the image's size`, 'Upsample as often as you pool');
  }
  const stride = Math.max(...scales.values());
  let radius = 0;
  for (let position = 0; position < stride; position++) {
    const needed = neededPositions(network, output.name, [position, position]);
    const [first, last] = needed.get(input.name) ?? [position, position];
    radius = Math.max(radius, position - first, last - position);
  }
  return { radius, stride };
}

/**
 * The positions of each layer that `wanted` of the layer `output` depends on, along either axis, each layer's in its own
 * pixels; layers on which it does not depend are left out.
 */
export function neededPositions(network: Network, output: string, wanted: Interval): ReadonlyMap<string, Interval> {
  const needed = new Map([[output, wanted]]);
  for (const layer of network.layers.toReversed()) {
    const own = needed.get(layer.name);
    if (own === undefined) continue;
    const [first, last] = rulesOf(layer).needed(layer, own);
    for (const name of layerInputs(layer)) {
      const known = needed.get(name);
      needed.set(name, known === undefined ? [first, last] : [Math.min(first, known[0]), Math.max(last, known[1])]);
    }
  }
  return needed;
}
