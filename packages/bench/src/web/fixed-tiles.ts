import type { Rectangle } from '@dilated-unet/core';

/** A tile of an image, pixels. */
export interface FixedTile {
  /** Its first column and row. */
  readonly x: number;
  readonly y: number;
  /** What is kept of it; in pixels of the image. */
  readonly kept: Rectangle;
}

/**
 * Tiles of one size for a square image, each with a halo around what is kept of it; at the border of the image a tile is moved
 * into it.
 *
 * @param size side of the image, pixels.
 * @param tile pixels that are kept on a side, and the width of the halo.
 * @returns the side of a tile and the tiles, which together keep each pixel once
 */
export function fixedTiles(
  size: number,
  { kept, halo }: { readonly kept: number; readonly halo: number },
): { readonly side: number; readonly tiles: readonly FixedTile[] } {
  const side = Math.min(size, kept + 2 * halo);
  const step = side === size ? size : kept;
  const starts = Array.from({ length: Math.ceil(size / step) }, (_, i) => i * step);
  const first = (start: number): number => Math.max(0, Math.min(start - halo, size - side));
  const tiles = starts.flatMap((top) =>
    starts.map((left) => ({
      x: first(left),
      y: first(top),
      kept: { x: left, y: top, width: Math.min(step, size - left), height: Math.min(step, size - top) },
    })),
  );
  return { side, tiles };
}
