import { join } from 'node:path';
import { variant, type VariantName } from '@dilated-unet/core';
import { exportModel, initialWeights } from '@dilated-unet/trainer';

/** Leaves in the folder of a run what a training can go on from: a network of random weights, and the side of its pixels, nanometres. */
export async function writeTrainedModel(
  run: string,
  name: VariantName,
  { seed = 1, pixelSize }: { readonly seed?: number; readonly pixelSize?: number } = {},
): Promise<void> {
  const network = variant(name);
  const directory = join(run, 'graph-model');
  await exportModel({
    network,
    weights: initialWeights(network, seed),
    normalisation: { mean: 126, std: 44 },
    directory,
    ...(pixelSize !== undefined && { pixelSize: { y: pixelSize, x: pixelSize } }),
  });
}
