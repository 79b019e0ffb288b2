import { crop } from './crop.ts';
import type { GreyImage } from './image.ts';
import type { Rectangle } from './rectangle.ts';

/** How far the box of 5 x 5 reaches by which pixels are averaged, twice, and the step of the second differences, pixels. */
const RADIUS = 2;
const STEP = 3;
/** How far from a pixel grey values count. */
const REACH = 2 * RADIUS + STEP;
/** Side of the middle part that is looked at, pixels. */
const LARGEST_SIDE = 1024;

/** Strength of the thin lines of an image, summed over its pixels. */
export interface LineStrength {
  readonly dark: number;
  readonly bright: number;
  /** Pixels that were looked at. */
  readonly pixels: number;
}

/**
 * How strong the thin dark and the thin bright lines of `image` are. Across a line about as wide as a membrane (5 to 10
 * pixels) the smoothed image has a large second derivative, along it a small one: the eigenvalues of the Hessian (as in Frangi
 * et al., MICCAI 1998). Their difference, cubed, is the strength of a pixel. Brightness, contrast, shading and noise leave
 * the balance of dark and bright as it is; a negative exchanges them.
 *
 * @param padding pixels near which nothing counts, as `paddingOf` gives them; null: there are none.
 */
export function lineStrength(image: GreyImage, padding: Uint8Array | null): LineStrength {
  const part = middleOf(image);
  const { width, height } = part;
  // `from` of a typed array takes ten times as long as its constructor.
  const smooth = boxMean(boxMean(new Float32Array(crop(image, part).data), width), width);
  const at = (i: number): number => smooth[i] as number;
  const isNearPadding = (x: number, y: number): boolean =>
    OFFSETS.some((dy) => OFFSETS.some((dx) => padding?.[(part.y + y + dy) * image.width + part.x + x + dx] === 1));
  let [dark, bright, pixels] = [0, 0, 0];
  const down = STEP * width;
  for (let y = REACH; y < height - REACH; y++) {
    for (let x = REACH; x < width - REACH; x++) {
      if (padding !== null && isNearPadding(x, y)) continue;
      const i = y * width + x;
      const twice = 2 * at(i);
      const xx = at(i - STEP) + at(i + STEP) - twice;
      const yy = at(i - down) + at(i + down) - twice;
      const xy = (at(i + down + STEP) + at(i - down - STEP) - at(i + down - STEP) - at(i - down + STEP)) / 4;
      const half = (xx + yy) / 2;
      const turn = (xx - yy) / 2;
      const root = Math.sqrt(turn * turn + xy * xy);
      const most = half + root;
      const least = half - root;
      // Of the two, the larger in size is the one across a line.
      const strength = half > 0 ? most - Math.abs(least) : -least - Math.abs(most);
      const cubed = strength * strength * strength;
      if (half > 0) dark += cubed;
      else bright += cubed;
      pixels++;
    }
  }
  return { dark, bright, pixels };
}

/** Padding comes in stretches of 16 pixels at least: looking every 7 pixels meets it. */
const OFFSETS = [-REACH, 0, REACH] as const;

/** The part of an image that is looked at. */
export function middleOf({ width, height }: Pick<GreyImage, 'width' | 'height'>): Rectangle {
  const [w, h] = [Math.min(width, LARGEST_SIDE), Math.min(height, LARGEST_SIDE)];
  return { x: (width - w) >> 1, y: (height - h) >> 1, width: w, height: h };
}

/** Means over boxes of 5 x 5 pixels; at the borders, where nobody looks, they are none. */
function boxMean(data: Float32Array, width: number): Float32Array {
  return meanAlong(width, meanAlong(1, data));
}

/** Means over 5 pixels that are `step` apart. */
function meanAlong(step: number, data: Float32Array): Float32Array {
  const at = (i: number): number => data[i] as number;
  const out = new Float32Array(data.length);
  const two = 2 * step;
  const end = data.length - two;
  // Written out, because the model waits for it: half of the time of a loop.
  for (let i = two; i < end; i++) out[i] = (at(i - two) + at(i - step) + at(i) + at(i + step) + at(i + two)) / 5;
  return out;
}
