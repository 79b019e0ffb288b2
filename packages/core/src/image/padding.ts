import type { GreyImage } from './image.ts';

/** Equal pixels in a row from which on they are padding, not tissue: grain and shot noise leave no such stretch. */
const LEAST_RUN = 16;
/** Of every 8th pixel of a row, such a stretch holds two neighbours: only where they are equal is it looked for. */
const STEP = LEAST_RUN / 2;

/**
 * The pixels of `image` that show no tissue: stretches of at least 16 equal pixels in a row, as alignment fills in around
 * sections and as saturation leaves. An image of one value is nothing but padding; one of several values that are all in such
 * stretches (a drawing, not a micrograph) has none.
 *
 * @returns 1 where padding is, axes y, x; null where there is none.
 */
export function paddingOf(image: GreyImage): Uint8Array | null {
  const stretches = stretchesOf(image);
  const isDrawing = stretches?.includes(0) === false && image.data.some((value) => value !== image.data[0]);
  return isDrawing ? null : stretches;
}

/** As `paddingOf`, of a part of an image, which may hold nothing but padding of several values. */
export function stretchesOf({ width, height, data }: GreyImage): Uint8Array | null {
  let mask: Uint8Array | null = null;
  for (let y = 0; y < height; y++) {
    const [begin, end] = [y * width, (y + 1) * width];
    for (let i = begin; i + STEP < end; i += STEP) {
      const value = data[i];
      if (data[i + STEP] !== value) continue;
      let [from, to] = [i, i + 1];
      while (from > begin && data[from - 1] === value) from--;
      while (to < end && data[to] === value) to++;
      if (to - from < LEAST_RUN) continue;
      mask ??= new Uint8Array(data.length);
      mask.fill(1, from, to);
      i += STEP * Math.floor((to - 1 - i) / STEP);
    }
  }
  return mask;
}
