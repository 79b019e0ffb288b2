import type { Rectangle } from '@dilated-unet/core';

/** One scale of an image: every `step`-th pixel of each axis, from the first. */
export interface Level {
  readonly step: number;
  readonly width: number;
  readonly height: number;
}

/** The scales of an image, the full one first, each of half the sides, until one tile takes it all. */
export function levelsOf({ width, height }: Pick<Rectangle, 'width' | 'height'>, tileSize: number): readonly Level[] {
  const levels: Level[] = [];
  for (let step = 1; ; step *= 2) {
    const level = { step, width: Math.ceil(width / step), height: Math.ceil(height / step) };
    levels.push(level);
    if (Math.max(level.width, level.height) <= tileSize) return levels;
  }
}

/** What tile (`column`, `row`) of a level covers of the image, pixels of the image; of no size where there is none. */
export function tileRegion(
  { step }: Level,
  { column, row, tileSize }: { readonly column: number; readonly row: number; readonly tileSize: number },
  image: Pick<Rectangle, 'width' | 'height'>,
): Rectangle {
  const [x, y] = [column * tileSize * step, row * tileSize * step];
  return {
    x,
    y,
    width: Math.max(0, Math.min(tileSize * step, image.width - x)),
    height: Math.max(0, Math.min(tileSize * step, image.height - y)),
  };
}

/** Values of a scale; axes y, x. */
export interface Sampled {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array<ArrayBuffer>;
}

/** Every `step`-th pixel of an image, from the first. */
export function sampled<D extends Float32Array | Uint32Array>(
  { width, height, data }: { readonly width: number; readonly height: number; readonly data: D },
  step: number,
): Sampled {
  const [w, h] = [Math.ceil(width / step), Math.ceil(height / step)];
  const values = Float32Array.from({ length: w * h }, (_, i) => {
    return data[Math.floor(i / w) * step * width + (i % w) * step] as number;
  });
  return { width: w, height: h, data: values };
}
