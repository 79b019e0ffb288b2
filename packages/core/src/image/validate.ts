import { InvalidImageError } from '../errors.ts';
import type { GreyImage } from './image.ts';
import type { Rectangle } from './rectangle.ts';

const DATA_KINDS = ['Uint8Array', 'Uint16Array', 'Float32Array'];

/**
 * Checks that `image` is what its type says: for functions that get images from outside of TypeScript's sight.
 *
 * @param what how the message names the image.
 * @param corner where it lies, if it is a part of what the message names.
 * @throws InvalidImageError when a side is not a positive integer, the data are not 8-bit, 16-bit or float32 grey
 * values, their number is not width x height, or one of them is not finite.
 */
export function requireImage(
  image: GreyImage,
  what = 'The image',
  corner: Pick<Rectangle, 'x' | 'y'> = { x: 0, y: 0 },
): void {
  if (image === null || typeof image !== 'object') {
    throw new InvalidImageError(`${what} must be an object with width, height and data; received ${String(image)}.`);
  }
  const { width, height, data } = image;
  for (const [side, pixels] of Object.entries({ width, height })) {
    if (!Number.isInteger(pixels) || pixels < 1) {
      throw new InvalidImageError(`${what} must have a ${side} of at least 1 whole pixel; received ${String(pixels)}.`);
    }
  }
  // By tag, since arrays of another realm (a frame, a test's sandbox) are instances of other classes.
  const kind = Object.prototype.toString.call(data).slice('[object '.length, -1);
  if (!DATA_KINDS.includes(kind)) {
    throw new InvalidImageError(`${what} must have data of kind ${DATA_KINDS.join(', ')}; received ${kind}.`);
  }
  if (data.length !== width * height) {
    throw new InvalidImageError(
      `${what} of ${width} x ${height} pixels must have ${width * height} grey values; received ${data.length}. ` +
        'Colour images must be turned to grey first, and stacks passed section by section.',
    );
  }
  if (kind === 'Float32Array') requireFinite(image, what, corner);
}

function requireFinite({ width, data }: GreyImage, what: string, corner: Pick<Rectangle, 'x' | 'y'>): void {
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return;
  const x = corner.x + (bad % width);
  const y = corner.y + Math.floor(bad / width);
  throw new InvalidImageError(
    `${what} has the value ${data[bad]} at x ${x}, y ${y}; all grey values must be finite. Replace such pixels.`,
  );
}
