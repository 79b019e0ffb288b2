import { InvalidImageError, section, type GreyStack } from '@dilated-unet/core';
import { dtypeOf } from '../../../dtype.ts';
import type { TiffEncoding } from './options.ts';
import { TiffWriter } from './writer.ts';

/**
 * A grey stack as a multi-page TIFF file, one page per section: little endian, strips of 64 KiB or more, black is 0.
 *
 * @param stack axes z, y, x; uint8, uint16 or float32, stored as they are
 * @returns the bytes of the file; classic TIFF unless that cannot hold the stack (see `bigTiff`)
 * @throws InvalidImageError when the stack has no section or its data does not fill it.
 * @throws InvalidOptionError for an option that is not possible.
 */
export async function encodeTiffStack(stack: GreyStack, options: TiffEncoding = {}): Promise<Uint8Array> {
  const { width, height, depth, data } = stack;
  if (data.length !== width * height * depth || data.length === 0) {
    throw new InvalidImageError(
      `The stack has ${data.length} values for ${width} x ${height} x ${depth} pixels. Give one value per pixel, and ` +
        'at least one section.',
    );
  }
  const chunks: Uint8Array[] = [];
  const sink = { write: (bytes: Uint8Array) => void chunks.push(bytes) };
  const writer = new TiffWriter(sink, { ...options, width, height, depth, dtype: dtypeOf(data) });
  for (let z = 0; z < depth; z++) await writer.addPage(section(stack, z));
  await writer.close();
  return concatenate(chunks);
}

function concatenate(chunks: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let position = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, position);
    position += chunk.length;
  }
  return bytes;
}
