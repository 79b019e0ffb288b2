import { encodeDeflate } from '../compression/deflate.ts';
import {
  bytesOf,
  BYTES_PER_VALUE,
  dtypeOf,
  NATIVE_LITTLE_ENDIAN,
  swapBytes,
  type StoredImage,
} from '../../../dtype.ts';
import type { WriteCompression } from './directory.ts';

/** Large enough that the tables stay short and compression has something to work on, small enough for partial reads. */
const STRIP_BYTES = 64 * 1024;

/** Rows of a strip of at least 64 KiB, or of the whole page where that is less. */
export function rowsPerStrip(width: number, height: number, bytesPerValue: number): number {
  return Math.min(height, Math.ceil(STRIP_BYTES / (width * bytesPerValue)));
}

/** The pixels of `image` as strips, little endian, compressed; memory of their own. */
export async function encodeStrips(image: StoredImage, compression: WriteCompression): Promise<Uint8Array[]> {
  const size = BYTES_PER_VALUE[dtypeOf(image.data)];
  const bytes = bytesOf(image.data).slice();
  if (!NATIVE_LITTLE_ENDIAN) swapBytes(bytes, size);
  const stripBytes = rowsPerStrip(image.width, image.height, size) * image.width * size;
  const strips: Uint8Array[] = [];
  for (let start = 0; start < bytes.length; start += stripBytes) {
    const strip = bytes.subarray(start, start + stripBytes);
    strips.push(compression === 'deflate' ? await encodeDeflate(strip) : strip);
  }
  return strips;
}
