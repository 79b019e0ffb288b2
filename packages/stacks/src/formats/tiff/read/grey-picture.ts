import type { ByteSource } from '../../../bytes.ts';
import type { OpenOptions } from '../../../options.ts';
import { pictureNote, pictureRefusal, type Picture } from '../../../picture.ts';
import { withSample } from './blocks.ts';
import type { Planes } from './planes.ts';
import { readRegion } from './region.ts';

/** Pixels that are compared at once, where strips or tiles are not larger. */
const PIXELS = 2 ** 22;

/**
 * Reads all sections of a picture, part by part; where all are grey, `onNote` is told.
 *
 * @returns why a pixel is not grey, as `pictureRefusal` does. @throws what reading throws.
 */
export async function findColour(
  source: ByteSource,
  { count, at }: Planes,
  picture: Picture,
  options: OpenOptions,
): Promise<string | undefined> {
  for (let z = 0; z < count; z++) {
    const page = at(z);
    const { width, height, blockHeight } = page;
    const rows = Math.ceil(Math.max(1, PIXELS / width) / blockHeight) * blockHeight;
    for (let y = 0; y < height; y += rows) {
      const region = { x: 0, y, width, height: Math.min(rows, height - y) };
      const read = picture.names.map((_, sample) => readRegion(source, withSample(page, sample), region, options));
      const samples = (await Promise.all(read)).map(({ data }) => data);
      const refusal = pictureRefusal(samples, picture, region, count === 1 ? '' : ` of section ${z + 1}`);
      if (refusal !== undefined) return refusal;
    }
  }
  options.onNote?.(pictureNote(picture.names));
  return undefined;
}
