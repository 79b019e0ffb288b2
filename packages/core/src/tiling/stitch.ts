import { InvalidModelError } from '../errors.ts';
import type { GreyImage } from '../image/image.ts';
import type { Rectangle } from '../image/rectangle.ts';
import type { Tile } from './plan.ts';

/**
 * The part of `prediction` that is kept.
 *
 * @param prediction the network's output for `tile.input`; axes y, x.
 * @returns the values of `tile.output`; axes y, x; new memory.
 * @throws InvalidModelError when the prediction is not of the tile's size.
 */
export function keptPart(prediction: Float32Array, { input, output }: Tile): Float32Array {
  if (prediction.length !== input.width * input.height) {
    throw new InvalidModelError(
      `The model must give one value per pixel, ${input.width * input.height} for a tile of ` +
        `${input.width} x ${input.height}; received ${prediction.length}. Use a model that this software exported.`,
    );
  }
  const kept = new Float32Array(output.width * output.height);
  for (let y = 0; y < output.height; y++) {
    const from = (output.y - input.y + y) * input.width + (output.x - input.x);
    kept.set(prediction.subarray(from, from + output.width), y * output.width);
  }
  return kept;
}

/** The `parts` of an image of `width` x `height` pixels, put together. */
export async function stitchParts(
  { width, height }: { readonly width: number; readonly height: number },
  parts: AsyncIterable<Rectangle & { readonly data: Float32Array }>,
): Promise<GreyImage<Float32Array>> {
  const whole = { width, height, data: new Float32Array(width * height) };
  for await (const part of parts) placePart(whole, part);
  return whole;
}

/** Writes `part`, which covers its rectangle of `image`, into `image`. */
export function placePart(image: GreyImage<Float32Array>, part: Rectangle & { readonly data: Float32Array }): void {
  for (let y = 0; y < part.height; y++) {
    const row = part.data.subarray(y * part.width, (y + 1) * part.width);
    image.data.set(row, (part.y + y) * image.width + part.x);
  }
}
