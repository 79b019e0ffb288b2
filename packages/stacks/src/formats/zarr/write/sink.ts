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
import { rowBatches } from '../../../row-batches.ts';
import { rowSink, type FolderSink, type StackSink } from '../../../sink.ts';
import { bloscEncoder, type BloscEncoder } from '../compression/encode-blosc.ts';
import { arrayMetadata, imageMetadata } from './metadata.ts';
import { requireZarrOptions, type ZarrWriterOptions } from './options.ts';
import { halved, scaleSizes } from './scales.ts';

/** Rows and columns of a chunk, which has one section: small enough for a page, large enough for a disk. */
const CHUNK = 1024;

/** The metadata of the image. */
export const GROUP_FILE = 'zarr.json';

/** Whether `zarrSink` writes a file or folder of that name at the top: the metadata of the image, and the scales by their numbers. */
export function isZarrName(name: string): boolean {
  return name === GROUP_FILE || /^\d+$/.test(name);
}

/**
 * A sink that writes OME-Zarr 0.5 (zarr 3): axes z, y, x; chunks of one section and 1024 x 1024 pixels, in Blosc with
 * Zstandard; beside the full resolution scales that are halved in y and x until both are at most 1024. Sections come in order,
 * the regions of each in any order. Of rows of full width from the top down less than a row of chunks of each scale is held (in
 * all as much as 2048 rows of the section); of other regions the rows that cannot be written yet. All chunks are stored, also those
 * that are 0. The metadata of the image are written last: a folder without them is not complete.
 *
 * @throws InvalidOptionError for an option that is not possible.
 */
export function zarrSink(folder: FolderSink, options: ZarrWriterOptions): StackSink {
  requireZarrOptions(options);
  const { width, height, dtype, depth, labels = false } = options;
  const sizes = scaleSizes(height, width);
  let encoder: BloscEncoder | undefined;
  let sections = 0;

  /** What takes the rows of a scale, and hands them on to the next smaller one. */
  const scale = (level: number): ((rows: StoredData) => Promise<void>) => {
    const [rows, columns] = sizes[level] as readonly [number, number];
    const smaller = level + 1 < sizes.length ? scale(level + 1) : undefined;
    const chunkRows = Math.min(CHUNK, rows);
    // All but the last row of chunks have an even number of rows, so that none waits for its pair.
    return rowBatches({ width: columns, height: rows }, chunkRows, async (batch, top, z) => {
      encoder ??= await bloscEncoder(BYTES_PER_VALUE[dtype]);
      for (const { column, values } of chunksOf(batch, chunkRows)) {
        const bytes = await encoder.encode(littleEndian(values));
        await folder.write(`${level}/c/${z}/${top / chunkRows}/${column}`, bytes);
      }
      await smaller?.(halved(batch, labels).data);
      sections = z + 1;
    });
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
    await folder.write(GROUP_FILE, json(imageMetadata(options, sizes.length)));
  };
  return rowSink(options, { add: scale(0), close });
}

/**
 * The chunks of `rows` rows that a batch fills, from left to right, each full and in the same memory; what lies beyond the
 * section is 0.
 */
function* chunksOf(
  { width, height, data }: StoredImage,
  rows: number,
): Generator<{ readonly column: number; readonly values: StoredData }, void, undefined> {
  const columns = Math.min(CHUNK, width);
  const values = zeros(dtypeOf(data), rows * columns);
  for (let left = 0; left < width; left += columns) {
    if (left + columns > width) values.fill(0);
    const right = Math.min(width, left + columns);
    for (let y = 0; y < height; y++) values.set(data.subarray(y * width + left, y * width + right), y * columns);
    yield { column: left / columns, values };
  }
}

function littleEndian(values: StoredData): Uint8Array {
  const bytes = bytesOf(values);
  if (!NATIVE_LITTLE_ENDIAN) swapBytes(bytes, values.BYTES_PER_ELEMENT as 1 | 2 | 4);
  return bytes;
}

function json(value: object): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value, undefined, 2)}\n`);
}
