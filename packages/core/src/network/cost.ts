import { layerInputs, rulesOf } from './layers/index.ts';
import type { Network } from './network.ts';
import { networkShapes, type LayerShape } from './shapes.ts';

/** What a forward pass over one image costs. */
export interface NetworkCost {
  /** Multiplications with addition in the convolutions; everything else is below 1% of them in a U-net. */
  readonly macs: number;
  /** Bytes of the outputs of all layers, the image included, in float32: what keeping every activation takes. */
  readonly activationBytes: number;
  /** Bytes of the largest single output: what one storage buffer must hold. */
  readonly largestActivationBytes: number;
}

const FLOAT32_BYTES = 4;

/**
 * The cost of one forward pass over an image of `height` x `width` pixels.
 *
 * @throws InvalidModelError when the network is not well formed.
 * @throws InvalidOptionError when a side is not a positive multiple of the network's stride.
 */
export function networkCost(network: Network, size: { readonly height: number; readonly width: number }): NetworkCost {
  const shapes = networkShapes(network, size);
  let macs = 0;
  let activationBytes = 0;
  let largestActivationBytes = 0;
  for (const layer of network.layers) {
    const { height, width, channels } = shapes.get(layer.name) as LayerShape;
    const bytes = height * width * channels * FLOAT32_BYTES;
    activationBytes += bytes;
    largestActivationBytes = Math.max(largestActivationBytes, bytes);
    const read = shapes.get(layerInputs(layer)[0] ?? '')?.channels ?? 0;
    macs += height * width * rulesOf(layer).macs(layer, read);
  }
  return { macs, activationBytes, largestActivationBytes };
}
