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
  const sink = memorySink();
  const writer = new TiffWriter(sink, { ...options, width, height, depth, dtype: dtypeOf(data) });
  for (let z = 0; z < depth; z++) await writer.addPage(section(stack, z));
  await writer.close();
  return sink.bytes();
}

/** A sink whose `bytes` gives what was written. */
function memorySink() {
  const chunks: Uint8Array[] = [];
  const corrections: (readonly [position: number, bytes: Uint8Array])[] = [];
  return {
    write: (bytes: Uint8Array) => void chunks.push(bytes),
    overwrite: (position: number, bytes: Uint8Array) => void corrections.push([position, bytes]),
    bytes(): Uint8Array {
      const all = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
      let at = 0;
      for (const chunk of chunks) {
        all.set(chunk, at);
        at += chunk.length;
      }
      for (const [position, bytes] of corrections) all.set(bytes, position);
      return all;
    },
  };
}
