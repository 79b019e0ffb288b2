import { InvalidOptionError } from '../errors.ts';
import { emptyLike, type GreyData, type GreyImage } from '../image/image.ts';
import type { ReadableStack } from '../image/readable-stack.ts';
import type { Rectangle } from '../image/rectangle.ts';
import { requireImage } from '../image/validate.ts';
import { regionTaps, resampleRegion, type Rescaling, type Size } from './region.ts';

/** Pixels of the stack that are read at once. */
const BAND_PIXELS = 2 ** 22;

/**
 * `stack` with sections of the sides `to`, resampled as they are read: cubic, averaged where pixels become fewer. A region is what it
 * is in the whole, to the last bit, and of `stack` only what it is made of is read, in bands of at most 4 million pixels where
 * these have more than one row.
 *
 * @throws InvalidOptionError when a side is not a whole number of at least 1. Reading throws what that of `stack` throws, and
 *   InvalidImageError where a value is not finite.
 */
export function resampledStack(stack: ReadableStack, to: Size): ReadableStack {
  const [depth, height, width] = stack.shape;
  for (const [side, pixels] of Object.entries({ width: to.width, height: to.height })) {
    if (!Number.isInteger(pixels) || pixels < 1) {
      throw new InvalidOptionError(side, 'must be a whole number of at least 1 pixel', pixels);
    }
  }
  if (to.width === width && to.height === height) return stack;
  const rescaling: Rescaling = { from: { width, height }, to };
  return {
    shape: [depth, to.height, to.width],
    async read(z, region, options = {}) {
      requireInside(region, to);
      let whole: GreyData | undefined;
      for (let y = 0; y < region.height;) {
        const rows = Math.min(region.height - y, rowsAtOnce(rescaling, region));
        const taps = regionTaps(rescaling, { ...region, y: region.y + y, height: rows }, 'cubic');
        const { signal } = options;
        const read = await stack.read(z, taps.needed, { signal });
        if (read.data[Symbol.toStringTag] === 'Float32Array') requireImage(read, `Section ${z + 1}`, taps.needed);
        const part = resampleRegion(read, taps);
        if (rows === region.height) return part;
        whole ??= emptyLike(part.data, region.width * region.height);
        whole.set(part.data, y * region.width);
        y += rows;
      }
      return { width: region.width, height: region.height, data: whole as GreyData } satisfies GreyImage;
    },
  };
}

/** Rows of the new section whose pixels are read at once. */
function rowsAtOnce({ from, to }: Rescaling, { width }: Rectangle): number {
  // Of these and of what they become across, the more.
  const columns = Math.max(width, Math.min(from.width, Math.ceil((width * from.width) / to.width) + 8));
  return Math.max(1, Math.floor((BAND_PIXELS / columns) * (to.height / from.height)));
}

function requireInside({ x, y, width, height }: Rectangle, size: Size): void {
  const isWhole = [x, y, width, height].every((value) => Number.isInteger(value) && value >= 0);
  if (isWhole && width > 0 && height > 0 && x + width <= size.width && y + height <= size.height) return;
  const rule = `must be whole pixels inside of ${size.width} x ${size.height} (width x height)`;
  throw new InvalidOptionError('region', rule, { x, y, width, height });
}
