import type { GreyImage } from '../image/image.ts';
import type { Relief } from '../metrics/immersion.ts';

/** Heights of a relief, 1 ... this. */
export const HIGHEST = 65535;

/**
 * The relief of `height` inside of `mask`.
 *
 * @param mask inside where not 0; axes y, x.
 * @param height of the pixel at a place of the mask; rounded to whole numbers from 1 to `HIGHEST`.
 */
export function reliefOf({ width, height: rows, data }: GreyImage, height: (place: number) => number): Relief {
  const stride = width + 2;
  const heights = new Uint16Array(stride * (rows + 2));
  // Counting sort: how many are higher, then the place of each.
  const places = new Uint32Array(HIGHEST + 2);
  let inside = 0;
  for (let y = 0, q = 0; y < rows; y++) {
    for (let x = 0, p = (y + 1) * stride + 1; x < width; x++, p++, q++) {
      if (data[q] === 0) continue;
      const level = Math.max(1, Math.min(HIGHEST, Math.round(height(q))));
      heights[p] = level;
      places[level] = (places[level] as number) + 1;
      inside++;
    }
  }
  for (let level = HIGHEST, higher = 0; level > 0; level--) {
    const count = places[level] as number;
    places[level] = higher;
    higher += count;
  }
  const order = new Int32Array(inside);
  for (let x = 1; x <= width; x++) {
    for (let p = x + stride; p < heights.length - stride; p += stride) {
      const level = heights[p] as number;
      if (level === 0) continue;
      const place = places[level] as number;
      order[place] = p;
      places[level] = place + 1;
    }
  }
  return { stride, heights, order };
}
