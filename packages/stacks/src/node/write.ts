import { InvalidImageError } from '@dilated-unet/core';
import { dtypeOf, type StoredImage } from '../dtype.ts';
import type { StackSink } from '../sink.ts';
import type { PixelSize } from '../source.ts';
import { stackOutput } from './output.ts';

export interface WriteSectionsOptions {
  /**
   * The number of sections where it is known: a TIFF then is a classic one (up to 4 GiB), which more programs read, and
   * another number of sections is an error. Without it the file is a BigTIFF.
   */
  readonly depth?: number | undefined;
  /** Size of a pixel, nanometres: a TIFF keeps it as ImageJ does, an OME-Zarr as its scale; PNG does not. @default not known */
  readonly pixelSize?: PixelSize | undefined;
  /**
   * Whether the values are numbers of classes or objects: an OME-Zarr then is a label image, whose smaller scales do not mix
   * them; other forms have no word for it. @default false
   */
  readonly labels?: boolean | undefined;
}

/**
 * Writes sections, of one size and type, as they come: a multi-page TIFF (Deflate), a PNG of one section, an OME-Zarr 0.5, or
 * a folder of PNG sections, by the end of `path` (see `stackOutput`). It appears under its name when it is whole; after an
 * error, nothing is left and an older file or OME-Zarr of that name stays.
 *
 * @param sections uint8, uint16, uint32 or float32 (a PNG: uint8, uint16, and uint32 of up to 65535, as uint16).
 * @returns the number of sections written
 * @throws InvalidOptionError for a name or type that is not possible, InvalidImageError when sections differ or there is
 * none (a PNG: not one), EnvironmentError when the disk is full or not writable, and what `sections` throws.
 */
export async function writeSections(
  path: string,
  sections: AsyncIterable<StoredImage> | Iterable<StoredImage>,
  { depth, pixelSize, labels = false }: WriteSectionsOptions = {},
): Promise<number> {
  const output = await stackOutput(path);
  return output.write(path, async (sinkOf) => {
    let sink: StackSink | undefined;
    let size: Pick<StoredImage, 'width' | 'height'> | undefined;
    let z = 0;
    for await (const { width, height, data } of sections) {
      size ??= { width, height };
      if (width !== size.width || height !== size.height) {
        throw new InvalidImageError(
          `Section ${z + 1} has ${width} x ${height} pixels, the first ${size.width} x ${size.height}. Give all one size.`,
        );
      }
      const known = { labels, ...(depth !== undefined && { depth }), ...(pixelSize !== undefined && { pixelSize }) };
      sink ??= sinkOf({ width, height, dtype: dtypeOf(data), ...known });
      await sink.write(z++, { x: 0, y: 0, width, height }, data);
    }
    if (sink === undefined) throw new InvalidImageError(`There is no section to write to ${path}. Pass at least one.`);
    await sink.close();
    return z;
  });
}
