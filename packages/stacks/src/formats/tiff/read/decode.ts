import { decodeDeflate } from '../compression/deflate.ts';
import { decodeLzw } from '../compression/lzw.ts';
import { decodePackBits } from '../compression/packbits.ts';
import { DecodeError, type Compression } from '../compression/schemes.ts';
import { NATIVE_LITTLE_ENDIAN, swapBytes } from '../../../dtype.ts';
import { blockName, storedRowBytes, type Page } from './blocks.ts';
import { damaged } from './directory.ts';
import { undoDifferences, undoFloatDifferences } from './predictor.ts';

/**
 * The first `rows` stored rows of a block of `page`, decompressed, without predictor, in this machine's byte order.
 *
 * @param input the bytes of the block as they are stored; may be changed
 * @returns `rows * storedRowBytes` bytes
 * @throws InvalidImageError when the data is damaged or decodes to fewer bytes than the rows need.
 */
export async function decodeBlock(
  page: Page,
  block: number,
  input: Uint8Array<ArrayBuffer>,
  rows: number,
): Promise<Uint8Array> {
  const { format } = page;
  const rowBytes = storedRowBytes(page);
  const needed = rows * rowBytes;
  // A writer may fill the last strip up to the height of the others.
  const limit = page.blockHeight * rowBytes;
  const decoded = await decompress(input, format.compression, limit).catch((cause: unknown) => {
    if (!(cause instanceof DecodeError)) throw cause;
    throw damaged(page.name, `${blockName(page, block)} cannot be decoded: ${cause.message}`, { cause });
  });
  if (decoded.length < needed) {
    const name = blockName(page, block);
    throw damaged(page.name, `${name} is cut off: it decodes to ${decoded.length} of ${needed} bytes`);
  }
  const stored = decoded.subarray(0, needed);
  const { bits } = format.stored;
  // Packed values have no byte order.
  const size = bits % 8 === 0 ? ((bits / 8) as 1 | 2 | 4 | 8) : 1;
  if (format.predictor === 3) {
    undoFloatDifferences(stored, rowBytes, size, NATIVE_LITTLE_ENDIAN);
    return stored;
  }
  if (format.littleEndian !== NATIVE_LITTLE_ENDIAN) swapBytes(stored, size);
  if (format.predictor === 2) undoDifferences(stored, rowBytes, size);
  return stored;
}

async function decompress(
  input: Uint8Array<ArrayBuffer>,
  compression: Compression,
  limit: number,
): Promise<Uint8Array> {
  if (compression === 'deflate') return decodeDeflate(input, limit);
  if (compression === 'lzw') return decodeLzw(input, limit);
  return compression === 'packbits' ? decodePackBits(input, limit) : input;
}
