import { promisify } from 'node:util';
import { gunzip, inflate } from 'node:zlib';
import { DecodeError, tooLong } from '../compression/errors.ts';

const DECODERS = { zlib: promisify(inflate), gzip: promisify(gunzip) };

/** Most bytes that zlib is given room for at once; it counts them in 32 bits. */
const MAX_CHUNK_BYTES = 2 ** 30;

/** As `decodeDeflate` of `compression/inflate.ts`, by Node's zlib, in threads of its own. */
export async function decodeDeflate(
  input: Uint8Array<ArrayBuffer>,
  limit: number,
  wrapper: 'zlib' | 'gzip' = 'zlib',
): Promise<Uint8Array> {
  // Room for all of it at once, and for a byte more, by which zlib sees that it is at the end: what it inflates in parts is
  // copied together.
  const chunkSize = Math.min(Math.max(limit + 1, 64), MAX_CHUNK_BYTES);
  try {
    const { buffer, byteOffset, byteLength } = await DECODERS[wrapper](input, { chunkSize, maxOutputLength: limit });
    return new Uint8Array(buffer, byteOffset, byteLength);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLong(limit);
    throw new DecodeError('its Deflate data is damaged or cut off', { cause });
  }
}
