import path from 'node:path';
import { InvalidImageError, InvalidOptionError, type GreyImage } from '@dilated-unet/core';
import { replaceFile } from '@dilated-unet/host';
import type { ByteSink } from '../formats/tiff/write/writer.ts';
import { tiffSink } from '../formats/tiff/write/sink.ts';
import type { TiffWriterOptions } from '../formats/tiff/write/options.ts';
import { dtypeOf } from '../dtype.ts';
import type { StackSink } from '../sink.ts';
import { pngSink } from './png.ts';

/** What is known of a stack before it is written. */
export type StackFileOptions = Pick<TiffWriterOptions, 'width' | 'height' | 'dtype' | 'depth'>;

/** By the ending of the name. */
const SINKS: Readonly<Record<string, (bytes: ByteSink, options: StackFileOptions) => StackSink>> = {
  '.tif': (bytes, options) => tiffSink(bytes, { ...options, compression: 'deflate' }),
  '.tiff': (bytes, options) => tiffSink(bytes, { ...options, compression: 'deflate' }),
  '.tf8': (bytes, options) => tiffSink(bytes, { ...options, compression: 'deflate', bigTiff: true }),
  '.png': pngSink,
};

/** The ending of a name that can be written. @throws InvalidOptionError naming `option` for another. */
export function stackEnding(file: string, option = 'path'): string {
  const ending = path.extname(file).toLowerCase();
  if (Object.hasOwn(SINKS, ending)) return ending;
  throw new InvalidOptionError(option, 'must end in .tif, .tiff, .tf8 (BigTIFF) or .png', file);
}

/**
 * Writes sections, of one size and type, as they come: a multi-page TIFF (Deflate), or a PNG of one section of 8 bit,
 * by the ending of `file`. It appears under its name when it is whole; after an error, nothing is left and an older
 * file of that name stays.
 *
 * @param depth the number of sections where it is known: a TIFF then is a classic one (up to 4 GiB), which more programs
 * read, and another number of sections is an error. Without it the file is a BigTIFF.
 * @returns the number of sections written
 * @throws InvalidOptionError for a name or type that is not possible, InvalidImageError when sections differ or there is
 * none (a PNG: not one), EnvironmentError when the disk is full or not writable, and what `sections` throws.
 */
export async function writeSections(
  file: string,
  sections: AsyncIterable<GreyImage> | Iterable<GreyImage>,
  { depth }: { readonly depth?: number | undefined } = {},
): Promise<number> {
  const sinkOf = SINKS[stackEnding(file)] as (typeof SINKS)[string];
  return replaceFile(file, async (handle) => {
    const bytes = { write: (chunk: Uint8Array) => handle.appendFile(chunk) };
    let sink: StackSink | undefined;
    let size: Pick<GreyImage, 'width' | 'height'> | undefined;
    let z = 0;
    for await (const { width, height, data } of sections) {
      size ??= { width, height };
      if (width !== size.width || height !== size.height) {
        throw new InvalidImageError(
          `Section ${z + 1} has ${width} x ${height} pixels, the first ${size.width} x ${size.height}. Give all one size.`,
        );
      }
      sink ??= sinkOf(bytes, { width, height, dtype: dtypeOf(data), ...(depth !== undefined && { depth }) });
      await sink.write(z++, { x: 0, y: 0, width, height }, data);
    }
    if (sink === undefined) throw new InvalidImageError(`There is no section to write to ${file}. Pass at least one.`);
    await sink.close();
    return z;
  });
}
