import { decodeDeflate } from '../compression/deflate.ts';
import { decodeLzw } from '../compression/lzw.ts';
import { decodePackBits } from '../compression/packbits.ts';
import { DecodeError, type Compression } from '../compression/schemes.ts';
import { BYTES_PER_VALUE, NATIVE_LITTLE_ENDIAN, swapBytes } from '../dtype.ts';
import { blockName, storedRowBytes, storedRows, type Page } from './blocks.ts';
import { damaged } from './directory.ts';
import { undoDifferences, undoFloatDifferences } from './predictor.ts';

/**
 * The stored rows of block `block` of `page`, decompressed, without predictor, in this machine's byte order.
 *
 * @returns `storedRows * storedRowBytes` bytes, memory of its own
 * @throws InvalidImageError when the data is damaged or decodes to fewer bytes than the block needs.
 */
export async function decodeBlock(page: Page, block: number): Promise<Uint8Array> {
  const { directory, format } = page;
  const rowBytes = storedRowBytes(page);
  const needed = storedRows(page, block) * rowBytes;
  const offset = page.offsets[block] as number;
  const input = directory.file.bytes.slice(offset, offset + (page.byteCounts[block] as number));
  // A writer may fill the last strip up to the height of the others.
  const limit = page.blockHeight * rowBytes;
  const decoded = await decompress(input, format.compression, limit).catch((cause: unknown) => {
    if (!(cause instanceof DecodeError)) throw cause;
    throw damaged(directory, `${blockName(page, block)} cannot be decoded: ${cause.message}`, { cause });
  });
  if (decoded.length < needed) {
    const name = blockName(page, block);
    throw damaged(directory, `${name} is cut off: it decodes to ${decoded.length} of ${needed} bytes`);
  }
  const rows = decoded.subarray(0, needed);
  const size = BYTES_PER_VALUE[format.dtype];
  if (format.predictor === 3) {
    undoFloatDifferences(rows, rowBytes, NATIVE_LITTLE_ENDIAN);
    return rows;
  }
  if (directory.file.littleEndian !== NATIVE_LITTLE_ENDIAN) swapBytes(rows, size);
  if (format.predictor === 2) undoDifferences(rows, rowBytes, size);
  return rows;
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
