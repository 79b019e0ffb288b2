import { ZSTDDecoder } from 'zstddec';
import { DecodeError, loaded, UnsupportedError } from './errors.ts';

/** The decoder's memory ends at 2 GiB, and holds what goes in beside what comes out. */
const MAX_BYTES = 2 ** 30;

/**
 * Undoes Zstandard (RFC 8878), checksums included where a frame has one.
 *
 * @returns at most `limit` bytes
 * @throws DecodeError for damaged or cut-off data or more than `limit` bytes, UnsupportedError for more than 1 GiB.
 */
export async function decodeZstandard(input: Uint8Array, limit: number): Promise<Uint8Array> {
  if (input.length + limit > MAX_BYTES) {
    throw new UnsupportedError(`it takes more than the ${MAX_BYTES} bytes that Zstandard is decoded with`);
  }
  const decoder = new ZSTDDecoder();
  await loaded('Zstandard', decoder.init());
  // Where the decoder gives an error in place of a length, nothing is left.
  const output = decoder.decode(input, limit);
  if (output.length > 0) return output;
  throw new DecodeError(`its Zstandard data is damaged or cut off, or decodes to more than ${limit} bytes`);
}
