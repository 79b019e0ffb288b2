import type { GreyImage } from './image.ts';

/** Equal pixels in a row from which on they are padding, not tissue: grain and shot noise leave no such stretch. */
const LEAST_RUN = 16;

/**
 * The pixels of `image` that show no tissue: stretches of at least 16 equal pixels in a row, as alignment fills in around
 * sections and as saturation leaves. An image of one value is nothing but padding; one of several values that are all in such
 * stretches (a drawing, not a micrograph) has none.
 *
 * @returns 1 where padding is, axes y, x; null where there is none.
 */
export function paddingOf({ width, height, data }: GreyImage): Uint8Array | null {
  let mask: Uint8Array | null = null;
  let padded = 0;
  let isConstant = true;
  for (let y = 0; y < height; y++) {
    const end = (y + 1) * width;
    for (let from = y * width, to = from; from < end; from = to) {
      const value = data[from];
      isConstant &&= value === data[0];
      while (to < end && data[to] === value) to++;
      if (to - from < LEAST_RUN) continue;
      mask ??= new Uint8Array(data.length);
      mask.fill(1, from, to);
      padded += to - from;
    }
  }
  return padded === data.length && !isConstant ? null : mask;
}
