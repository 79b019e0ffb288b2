import { InvalidImageError } from '@dilated-unet/core';
import {
  BYTES_PER_VALUE,
  bytesOf,
  dtypeOf,
  NATIVE_LITTLE_ENDIAN,
  swapBytes,
  zeros,
  type StoredData,
  type StoredImage,
} from '../../../dtype.ts';
import { sectionSink, type FolderSink, type StackSink } from '../../../sink.ts';
import { bloscEncoder, type BloscEncoder } from '../compression/encode-blosc.ts';
import { arrayMetadata, imageMetadata } from './metadata.ts';
import { requireZarrOptions, type ZarrWriterOptions } from './options.ts';
import { halved, scaleSizes } from './scales.ts';

/** Rows and columns of a chunk, which has one section: small enough for a page, large enough for a disk. */
const CHUNK = 1024;

/**
 * A sink that writes OME-Zarr 0.5 (zarr 3): axes z, y, x; chunks of one section and 1024 x 1024 pixels, in Blosc with
 * Zstandard; beside the full resolution scales that are halved in y and x until both are at most 1024. Sections come in order,
 * the regions of each in any order; one section is held. All chunks are stored, also those that are 0. The metadata of the
 * image are written last: a folder without them is not complete.
 *
 * @throws InvalidOptionError for an option that is not possible.
 */
export function zarrSink(folder: FolderSink, options: ZarrWriterOptions): StackSink {
  requireZarrOptions(options);
  const { width, height, dtype, depth, labels = false } = options;
  const sizes = scaleSizes(height, width);
  let encoder: BloscEncoder | undefined;
  let sections = 0;

  const add = async ({ data }: Pick<StoredImage, 'data'>): Promise<void> => {
    requireType(data, dtype);
    encoder ??= await bloscEncoder(BYTES_PER_VALUE[dtype]);
    let image: StoredImage = { width, height, data };
    for (const level of sizes.keys()) {
      if (level > 0) image = halved(image, labels);
      for (const { path, values } of chunksOf(image)) {
        await folder.write(`${level}/c/${sections}/${path}`, await encoder.encode(littleEndian(values)));
      }
    }
    sections++;
  };
  const close = async (): Promise<void> => {
    if (encoder === undefined) throw new InvalidImageError('There is no section for the OME-Zarr. Write at least one.');
    if (depth !== undefined && depth !== sections) {
      throw new InvalidImageError(
        `${depth} sections were announced for the OME-Zarr, and ${sections} written. Write as many.`,
      );
    }
    for (const [level, [rows, columns]] of sizes.entries()) {
      const shape = [sections, rows, columns] as const;
      const metadata = arrayMetadata(shape, [1, Math.min(CHUNK, rows), Math.min(CHUNK, columns)], dtype, encoder.codec);
      await folder.write(`${level}/zarr.json`, json(metadata));
    }
    await folder.write('zarr.json', json(imageMetadata(options, sizes.length)));
  };
  return sectionSink({ width, height }, { add, close });
}

/** The chunks of a section, each full; what lies beyond the section is 0. */
function* chunksOf({
  width,
  height,
  data,
}: StoredImage): Generator<{ readonly path: string; readonly values: StoredData }, void, undefined> {
  const [rows, columns] = [Math.min(CHUNK, height), Math.min(CHUNK, width)];
  for (let top = 0; top < height; top += rows) {
    for (let left = 0; left < width; left += columns) {
      const values = zeros(dtypeOf(data), rows * columns);
      const right = Math.min(width, left + columns);
      for (let y = top; y < Math.min(height, top + rows); y++) {
        values.set(data.subarray(y * width + left, y * width + right), (y - top) * columns);
      }
      yield { path: `${top / rows}/${left / columns}`, values };
    }
  }
}

function littleEndian(values: StoredData): Uint8Array {
  const bytes = bytesOf(values);
  if (!NATIVE_LITTLE_ENDIAN) swapBytes(bytes, values.BYTES_PER_ELEMENT as 1 | 2 | 4);
  return bytes;
}

function requireType(data: StoredData, dtype: ZarrWriterOptions['dtype']): void {
  if (dtypeOf(data) === dtype) return;
  throw new InvalidImageError(
    `The OME-Zarr has ${dtype} values, and was given a ${data.constructor.name}. Give all one type.`,
  );
}

function json(value: object): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value, undefined, 2)}\n`);
}
