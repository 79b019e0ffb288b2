/**
 * Draws membranes on a canvas as tiles finish.
 *
 * @example
 * import { drawTiles } from '@dilated-unet/runtime-web/canvas';
 *
 * await drawTiles(canvas.getContext('2d')!, segmenter.segment(image, { order: 'centre-out' }));
 *
 * @module
 */
import type { GreyImage, SegmentedTile } from '@dilated-unet/core';

/** How membranes look. */
export interface MembraneLook {
  /** Membrane is where the probability of interior is below this; 0 ... 1. @default 0.5 (the likelier class) */
  readonly threshold?: number;
  /** Red, green, blue and opacity, 0 ... 255. @default [255, 106, 0, 160] */
  readonly colour?: readonly [red: number, green: number, blue: number, opacity: number];
}

/** The membranes of a part of a result as pixels, transparent elsewhere. */
export function membraneImage(
  { width, height, data }: Pick<GreyImage<Float32Array>, 'width' | 'height' | 'data'>,
  { threshold = 0.5, colour = [255, 106, 0, 160] }: MembraneLook = {},
): ImageData {
  const image = new ImageData(width, height);
  data.forEach((interior, i) => {
    if (interior < threshold) image.data.set(colour, 4 * i);
  });
  return image;
}

export interface DrawOptions extends MembraneLook {
  /** Is told of each tile that was drawn, for a progress bar. */
  readonly onTile?: (tile: SegmentedTile) => void;
}

/**
 * Draws the membranes of `tiles` as they come, each at its place. What was drawn there before is replaced, so the context is that
 * of a canvas over the image.
 *
 * @returns when all are drawn. @throws what `tiles` throws.
 */
export async function drawTiles(
  context: Pick<CanvasRenderingContext2D, 'putImageData'>,
  tiles: AsyncIterable<SegmentedTile>,
  { onTile, ...look }: DrawOptions = {},
): Promise<void> {
  for await (const tile of tiles) {
    context.putImageData(membraneImage(tile, look), tile.x, tile.y);
    onTile?.(tile);
  }
}
