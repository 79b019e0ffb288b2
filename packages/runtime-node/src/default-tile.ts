import { defaultTileSide, type GreyImage, type ModelCard } from '@dilated-unet/core';

/**
 * Side of a tile, halo included, pixels, for networks with a small receptive field (`unet`: halo 96).
 *
 * Measured with models/isbi-2012.zip on ONNX Runtime 1.30.0 (AMD EPYC with AVX2): the time per pixel that the network
 * sees is the same at every size, 6 to 7 µs on one core, so what a size costs is its halo, and what it takes is memory.
 *
 * | side | memory of the process at its peak | work on a large image, against the image in one piece |
 * |---|---|---|
 * | 512 | 0.35 GB | up to 2.56 times |
 * | 768 | 0.55 GB | 1.78 |
 * | 1024 | 0.9 GB | 1.51 |
 * | 1536 | 1.7 GB | 1.31 |
 * | 2048 | 3.2 GB | 1.22 |
 *
 * Beyond 1536 a tenth of the time costs twice the memory. That is the memory of a package's fp32; the `model.onnx` of a run
 * takes nearly twice as much.
 */
export const DEFAULT_TILE = 1536;

/** An image of up to this many pixels (sides rounded up to the stride) is not cut: it takes no more than one tile. */
export const WHOLE_IMAGE_PIXELS = DEFAULT_TILE ** 2;

/**
 * Side of the tiles of a model that runs in stages, whose halos are small, pixels: at 4096 x 4096, `dilated-unet` does 1.41 times
 * the arithmetic of one piece in 2.1 GB (docs/decisions/stages.md); in tiles of 1536, 1.31 times in 3.6 GB, as `memoryOf` has it.
 */
export const STAGED_TILE = 1024;

/**
 * Side of the tiles where the caller names none, pixels: the whole image up to `WHOLE_IMAGE_PIXELS`, else
 * `DEFAULT_TILE`, or four halos where that is more. A dilated network (halo 560) so has `STAGED_TILE`; one without stages, as
 * those of earlier versions, 2240 pixels and 6.3 GB at the peak; a smaller `tile` (from 1128 on) takes less memory and more time,
 * and the result is the same.
 */
export function defaultTile(
  { width, height }: Pick<GreyImage, 'width' | 'height'>,
  card: Pick<ModelCard, 'stride' | 'receptiveFieldRadius' | 'stages'>,
): number {
  const roundUp = (length: number): number => Math.ceil(length / card.stride) * card.stride;
  if (roundUp(width) * roundUp(height) <= WHOLE_IMAGE_PIXELS) return Math.max(roundUp(width), roundUp(height));
  const side = defaultTileSide(DEFAULT_TILE, card);
  return side > DEFAULT_TILE && card.stages !== undefined ? STAGED_TILE : side;
}
