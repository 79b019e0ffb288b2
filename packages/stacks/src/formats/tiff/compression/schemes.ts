/** The compressions that are read. */
export type Compression = 'none' | 'lzw' | 'deflate' | 'packbits';

/** By the number in the Compression tag; Deflate has an official one (8) and one from before it had (32946). */
export const COMPRESSION: ReadonlyMap<number, Compression> = new Map([
  [1, 'none'],
  [5, 'lzw'],
  [8, 'deflate'],
  [32946, 'deflate'],
  [32773, 'packbits'],
]);

/** Names of other compressions in use, for messages. */
export const COMPRESSION_NAMES: ReadonlyMap<number, string> = new Map([
  [2, 'CCITT run lengths'],
  [3, 'CCITT fax group 3'],
  [4, 'CCITT fax group 4'],
  [6, 'old-style JPEG'],
  [7, 'JPEG'],
  [33003, 'JPEG 2000'],
  [34712, 'JPEG 2000'],
  [34887, 'LERC'],
  [34925, 'LZMA'],
  [50000, 'Zstandard'],
  [50001, 'WebP'],
  [50002, 'JPEG XL'],
]);

/**
 * The most bytes that one compressed byte can stand for, so that an absurd size is refused before memory is taken:
 * PackBits, a run of 128 from 2 bytes; Deflate, 258 bytes from 2 bits; LZW, the longest string of a full table of
 * 4096 codes from 12 bits.
 */
export const MAX_EXPANSION: Readonly<Record<Compression, number>> = {
  none: 1,
  packbits: 64,
  deflate: 1032,
  lzw: 2560,
};

/** What a decoder throws; the caller adds the page and block and turns it into an InvalidImageError. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
}

/** The error of a block that does not end where it should. */
export function tooLong(limit: number): DecodeError {
  return new DecodeError(`it decodes to more than the ${limit} bytes that it can hold`);
}
