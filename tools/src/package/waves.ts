import type { GreyImage, ModelCard } from '@dilated-unet/core';

/** An image of waves about the mean of the training, that differ along both axes. @param side pixels. */
export function waves({ normalisation }: Pick<ModelCard, 'normalisation'>, side: number): GreyImage<Float32Array> {
  const data = Float32Array.from({ length: side * side }, (_, i) => {
    const [x, y] = [i % side, Math.floor(i / side)];
    return normalisation.mean + normalisation.std * (Math.sin(0.7 * x + 0.3 * y) + Math.sin(0.2 * x - 1.1 * y));
  });
  return { width: side, height: side, data };
}
