import { InvalidImageError } from '@dilated-unet/core';
import { DecodeError, UnsupportedError } from '../../../compression/errors.ts';
import type { Block, Scheme } from '../compression/decoder.ts';
import { REWRITE, SCHEMES } from '../compression/schemes.ts';
import { NATIVE_LITTLE_ENDIAN, swapBytes } from '../../../dtype.ts';
import { blockName, samplesTogether, storedRowBytes, type Page } from './blocks.ts';
import { damaged, pageText } from './directory.ts';
import { undoDifferences, undoFloatDifferences } from './predictor.ts';

/**
 * The first `rows` stored rows of a block of `page`, decompressed, without predictor, in this machine's byte order; of
 * samples that lie together, the one that is read.
 *
 * @param input the bytes of the block as they are stored; may be changed
 * @returns `rows * storedRowBytes / samplesTogether` bytes
 * @throws InvalidImageError when the data is damaged, not supported, or decodes to fewer bytes than the rows need.
 */
export async function decodeBlock(
  page: Page,
  block: number,
  input: Uint8Array<ArrayBuffer>,
  rows: number,
): Promise<Uint8Array> {
  const { format } = page;
  const { codec, predictor } = format;
  const scheme = SCHEMES[format.compression];
  const rowBytes = storedRowBytes(page);
  const needed = rows * rowBytes;
  const shape: Block = {
    width: page.blockWidth,
    rows,
    maxRows: page.blockHeight,
    rowBytes,
    stored: format.stored,
    tags: codec,
  };
  if (codec.reversedBits && scheme.values !== true) reverseBits(input);
  const decoded = await decodeWith(scheme, input, shape).catch((cause: unknown) => {
    if (cause instanceof RangeError) {
      const what = `${pageText(page.name)}: there is no memory for ${blockName(page, block)} of ${rows * rowBytes} bytes`;
      throw new InvalidImageError(`${what}. ${REWRITE.tifffile}`, { cause });
    }
    if (!(cause instanceof DecodeError)) throw cause;
    const what = `${blockName(page, block)} cannot be decoded: ${cause.message}`;
    if (!(cause instanceof UnsupportedError)) throw damaged(page.name, what, { cause });
    throw new InvalidImageError(`${pageText(page.name)}: ${what}. ${REWRITE[cause.rewriter]}`, {
      cause,
    });
  });
  if (decoded.length < needed) {
    const name = blockName(page, block);
    throw damaged(page.name, `${name} is cut off: it decodes to ${decoded.length} of ${needed} bytes`);
  }
  const stored = decoded.subarray(0, needed);
  const { bits } = format.stored;
  // Packed values have no byte order.
  const size = bits % 8 === 0 ? ((bits / 8) as 1 | 2 | 4 | 8) : 1;
  const samples = samplesTogether(format);
  if (predictor === 3) {
    undoFloatDifferences(stored, rowBytes, size, NATIVE_LITTLE_ENDIAN, samples);
    return sampleOf(page, stored);
  }
  if (scheme.values !== true && format.littleEndian !== NATIVE_LITTLE_ENDIAN) swapBytes(stored, size);
  if (predictor === 2) undoDifferences(stored, rowBytes, size, samples);
  return sampleOf(page, stored);
}

/** The values of the sample that is read, of pixels whose samples lie together. */
function sampleOf({ format, sample }: Page, pixels: Uint8Array): Uint8Array {
  const samples = samplesTogether(format);
  if (samples === 1) return pixels;
  const size = format.stored.bits / 8;
  const out = new Uint8Array(pixels.length / samples);
  for (let at = 0, from = sample * size; at < out.length; at += size, from += samples * size) {
    for (let byte = 0; byte < size; byte++) out[at + byte] = pixels[from + byte] as number;
  }
  return out;
}

// What a decoder throws at once is rejected as well.
async function decodeWith(scheme: Scheme, input: Uint8Array<ArrayBuffer>, block: Block): Promise<Uint8Array> {
  return scheme.decode(input, block);
}

/** Undoes FillOrder 2, in which the first pixel or bit is the lowest of its byte, in place. */
function reverseBits(bytes: Uint8Array): void {
  for (let i = 0; i < bytes.length; i++) bytes[i] = REVERSED[bytes[i] as number] as number;
}

const REVERSED = Uint8Array.from({ length: 256 }, (_, byte) => {
  let reversed = 0;
  for (let bit = 0; bit < 8; bit++) reversed |= ((byte >> bit) & 1) << (7 - bit);
  return reversed;
});
