import { InvalidOptionError } from '../errors.ts';
import { foldLayers } from './fold.ts';
import { rulesOf, type Layer } from './layers/index.ts';
import { malformed, type Network } from './network.ts';

/** Size of a layer's output for one image. */
export interface LayerShape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/**
 * The output shape of each layer for one image of `height` x `width` pixels.
 *
 * @returns shapes by layer name, in the order of the layers.
 * @throws InvalidModelError when the network is not well formed, or joins layers of unequal size.
 * @throws InvalidOptionError when a side is not a positive multiple of the network's stride.
 */
export function networkShapes(
  network: Network,
  { height, width }: { readonly height: number; readonly width: number },
): ReadonlyMap<string, LayerShape> {
  const scales = layerScales(network);
  const stride = largest(scales);
  requireMultiple('height', height, stride);
  requireMultiple('width', width, stride);
  return foldLayers<LayerShape>(network, (layer, inputs) => {
    const scale = scales.get(layer.name) as number;
    const channels = layerChannels(
      network,
      layer,
      inputs.map((shape) => shape.channels),
    );
    return { height: height / scale, width: width / scale, channels };
  });
}

/**
 * Product of the poolings on the deepest path, pixels: sides must be multiples of it, and shifting the image by it
 * shifts the output by as much.
 *
 * @throws InvalidModelError when the network is not well formed, or joins layers of unequal size.
 */
export function networkStride(network: Network): number {
  return largest(layerScales(network));
}

/**
 * Input pixels per pixel of each layer's output, along either axis (8 behind three poolings; below 1 where the output
 * is finer than the image).
 *
 * @throws InvalidModelError when the network is not well formed, or joins layers of unequal size.
 */
export function layerScales(network: Network): ReadonlyMap<string, number> {
  return foldLayers<number>(network, (layer, inputs) => {
    const scale = inputs[0] ?? (layer.kind === 'input' ? (layer.scale ?? 1) : 1);
    if (inputs.some((other) => other !== scale)) {
      const sizes = inputs.map((other) => `1/${other}`).join(', ');
      throw malformed(
        network,
        `layer "${layer.name}" joins inputs of ${sizes} of the image's size`,
        'Pool or upsample until they are equal',
      );
    }
    return scale * rulesOf(layer).scale;
  });
}

/**
 * Output channels of `layer`, given those of its inputs.
 *
 * @throws InvalidModelError when the layer cannot work on such inputs.
 */
export function layerChannels(network: Network, layer: Layer, inputs: readonly number[]): number {
  return rulesOf(layer).channels(layer, inputs, (what, remedy) =>
    malformed(network, `layer "${layer.name}" ${what}`, remedy),
  );
}

function largest(scales: ReadonlyMap<string, number>): number {
  return Math.max(1, ...scales.values());
}

function requireMultiple(side: string, value: number, stride: number): void {
  if (!Number.isInteger(value) || value < stride || value % stride !== 0) {
    throw new InvalidOptionError(side, `must be a positive multiple of ${stride} pixels, the network's stride`, value);
  }
}
