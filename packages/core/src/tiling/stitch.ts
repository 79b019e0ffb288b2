import { InvalidModelError } from '../errors.ts';
import type { GreyImage } from '../image/image.ts';
import { readableStack, type Segmentable } from '../image/readable-stack.ts';
import type { Rectangle } from '../image/rectangle.ts';
import type { Tile } from './plan.ts';
import { requireRegionIn } from './window.ts';

/**
 * The part of `prediction` that is kept.
 *
 * @param prediction the network's output for `tile.input`; axes y, x.
 * @returns the values of `tile.output`; axes y, x: `prediction` itself where all of it is kept, else new memory.
 * @throws InvalidModelError when the prediction is not of the tile's size.
 */
export function keptPart(prediction: Float32Array, { input, output }: Tile): Float32Array {
  if (prediction.length !== input.width * input.height) {
    throw new InvalidModelError(
      `The model must give one value per pixel, ${input.width * input.height} for a tile of ` +
        `${input.width} x ${input.height}; received ${prediction.length}. Use a model that this software exported.`,
    );
  }
  if (output.width === input.width && output.height === input.height) return prediction;
  const kept = new Float32Array(output.width * output.height);
  for (let y = 0; y < output.height; y++) {
    const from = (output.y - input.y + y) * input.width + (output.x - input.x);
    kept.set(prediction.subarray(from, from + output.width), y * output.width);
  }
  return kept;
}

/**
 * The `parts` of a section of `source`, or of `region` of it, put together.
 *
 * @throws InvalidOptionError as `requireRegionIn`, and what `parts` throws.
 */
export async function stitchParts(
  source: Segmentable,
  region: Rectangle | undefined,
  parts: AsyncIterable<Rectangle & { readonly data: Float32Array }>,
): Promise<GreyImage<Float32Array>> {
  const [, height, width] = readableStack(source).shape;
  if (region !== undefined) requireRegionIn(region, { width, height });
  const { x, y, ...size } = region ?? { x: 0, y: 0, width, height };
  const whole = { width: size.width, height: size.height, data: new Float32Array(size.width * size.height) };
  for await (const part of parts) placePart(whole, { ...part, x: part.x - x, y: part.y - y });
  return whole;
}

/** Finished rows of a result: whole ones, axes y, x, from `y` on. */
export interface FinishedRows extends GreyImage<Float32Array> {
  readonly y: number;
}

/**
 * The rows of a result as they are finished, from its top to its bottom: those of a row of tiles at once.
 *
 * @param parts row by row, in pixels of the section.
 * @param region of the section, that they cover.
 * @returns rows in pixels of the region.
 */
export async function* stitchRows(
  parts: AsyncIterable<Rectangle & { readonly data: Float32Array }>,
  region: Rectangle,
): AsyncGenerator<FinishedRows, void, undefined> {
  const { width } = region;
  let rows: FinishedRows | undefined;
  let missing = 0;
  for await (const part of parts) {
    if (part.width === width) {
      yield { y: part.y - region.y, width, height: part.height, data: part.data };
      continue;
    }
    if (rows === undefined) {
      rows = { y: part.y - region.y, width, height: part.height, data: new Float32Array(width * part.height) };
      missing = width;
    }
    placePart(rows, { ...part, x: part.x - region.x, y: part.y - region.y - rows.y });
    missing -= part.width;
    if (missing > 0) continue;
    const finished = rows;
    rows = undefined;
    yield finished;
  }
}

/** Writes `part`, which covers its rectangle of `image`, into `image`. */
export function placePart(image: GreyImage<Float32Array>, part: Rectangle & { readonly data: Float32Array }): void {
  for (let y = 0; y < part.height; y++) {
    const row = part.data.subarray(y * part.width, (y + 1) * part.width);
    image.data.set(row, (part.y + y) * image.width + part.x);
  }
}
