import { encodeDeflate } from '#deflate';
import { bytesOf, NATIVE_LITTLE_ENDIAN, swapBytes, type StoredData } from '../../../dtype.ts';
import type { WriteCompression } from './directory.ts';

/** Large enough that the tables stay short and compression has something to work on, small enough for partial reads. */
const STRIP_BYTES = 64 * 1024;

/** Rows of a strip of at least 64 KiB, or of the whole page where that is less. */
export function rowsPerStrip(width: number, height: number, bytesPerValue: number): number {
  return Math.min(height, Math.ceil(STRIP_BYTES / (width * bytesPerValue)));
}

/** `rows` as a strip, little endian, compressed; memory of its own, and `rows` are not read any more when this returns. */
export async function encodeStrip(rows: StoredData, compression: WriteCompression): Promise<Uint8Array> {
  const bytes = bytesOf(rows).slice();
  if (!NATIVE_LITTLE_ENDIAN) swapBytes(bytes, rows.BYTES_PER_ELEMENT as 1 | 2 | 4);
  return compression === 'deflate' ? encodeDeflate(bytes, rows instanceof Uint32Array) : bytes;
}
