import { InvalidImageError, InvalidOptionError } from '@dilated-unet/core';
import sharp from 'sharp';
import type { StoredData, StoredImage } from '../dtype.ts';
import type { ByteSink } from '../formats/tiff/write/writer.ts';
import { rowBatches } from '../row-batches.ts';
import { rowSink, type FolderSink, type StackSink } from '../sink.ts';
import type { StackFileOptions } from './output.ts';

/** Digits of the number in a section's name, so that also programs that do not count sort up to 9999 of them. */
const LEAST_DIGITS = 4;
/** Largest number that a PNG holds. */
export const LARGEST_IN_PNG = 65535;

/**
 * A sink that writes the only section of a stack as a grey PNG of 8 or 16 bits; uint32 as 16. The section is held until it is
 * whole: sharp joins rows before it encodes them.
 */
export function pngSink(bytes: Pick<ByteSink, 'write'>, options: StackFileOptions): StackSink {
  requirePngType(options);
  let isWritten = false;
  return rowSink(options, {
    add: wholeSections(options, async (image) => {
      if (isWritten) throw new InvalidImageError('A PNG holds one section, and there are more. Write a TIFF.');
      isWritten = true;
      await bytes.write(await encodePng(image));
    }),
    close: () => {
      if (!isWritten) throw new InvalidImageError('There is no section for the PNG. Write one.');
      return Promise.resolve();
    },
  });
}

/** A sink that writes each section into `folder`, as a PNG as `pngSink` does: `section-0001.png` and so on. */
export function pngFolderSink(folder: FolderSink, options: StackFileOptions): StackSink {
  requirePngType(options);
  const digits = Math.max(LEAST_DIGITS, String(options.depth ?? 0).length);
  let written = 0;
  return rowSink(options, {
    add: wholeSections(options, async (image) => {
      const name = `section-${String(++written).padStart(digits, '0')}.png`;
      await folder.write(name, await encodePng(image));
    }),
    close: () => {
      const { depth } = options;
      if (depth === undefined || depth === written) return Promise.resolve();
      throw new InvalidImageError(`The stack has ${written} sections, not ${depth}. Write them all before closing.`);
    },
  });
}

function requirePngType({ dtype }: StackFileOptions): void {
  if (dtype === 'float32') {
    throw new InvalidOptionError('dtype', 'must be uint8, uint16 or uint32 for PNG, which holds whole numbers', dtype);
  }
}

/** What takes rows and gives whole sections to `take`, of 32-bit values such of 16. */
function wholeSections(
  options: StackFileOptions,
  take: (image: StoredImage) => Promise<void>,
): (rows: StoredData) => Promise<void> {
  const add = rowBatches(options, options.height, take);
  return async (rows) => add(rows instanceof Uint32Array ? narrowed(rows) : rows);
}

async function encodePng({ width, height, data }: StoredImage): Promise<Uint8Array> {
  const colours = data instanceof Uint16Array ? 'grey16' : 'b-w';
  // The pixels are in memory: sharp's limit, of 16383 x 16383, is for files of strangers.
  return sharp(data, { raw: { width, height, channels: 1 }, limitInputPixels: false })
    .toColourspace(colours)
    .png()
    .toBuffer();
}

function narrowed(data: Uint32Array): Uint16Array {
  const largest = data.reduce((most, value) => Math.max(most, value), 0);
  if (largest <= LARGEST_IN_PNG) return Uint16Array.from(data);
  throw new InvalidImageError(
    `A PNG holds numbers of up to ${LARGEST_IN_PNG}, and there is ${largest}. Write a TIFF or an OME-Zarr, whose numbers go up to 4294967295.`,
  );
}
