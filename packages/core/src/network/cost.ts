import type { Network } from './layers.ts';
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
  const shapeOf = (name: string): LayerShape => shapes.get(name) as LayerShape;
  let macs = 0;
  let activationBytes = 0;
  let largestActivationBytes = 0;
  for (const layer of network.layers) {
    const { height, width, channels } = shapeOf(layer.name);
    const bytes = height * width * channels * FLOAT32_BYTES;
    activationBytes += bytes;
    largestActivationBytes = Math.max(largestActivationBytes, bytes);
    if (layer.kind === 'conv') {
      macs += height * width * layer.kernel ** 2 * shapeOf(layer.input).channels * layer.filters;
    }
  }
  return { macs, activationBytes, largestActivationBytes };
}
