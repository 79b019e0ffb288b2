import { decodeDeflate } from '#inflate';
import { decodeBlosclz } from './blosclz.ts';
import { DecodeError, tooLong, UnsupportedError } from './errors.ts';
import { decodeLz4Block } from './lz4.ts';
import { unshuffle, unshuffleBits } from './shuffle.ts';
import { decodeZstandard } from './zstandard.ts';

const HEADER_BYTES = 16;
const FLAGS = { shuffled: 1, stored: 2, bitShuffled: 4, reserved: 8, notSplit: 16 };
/** Of the format, and of that of each compressor: those of c-blosc 1. */
const [VERSION, INNER_VERSION] = [2, 1];
/** c-blosc splits a block into the bytes of its values where there are at most so many, of a stream of at least so many. */
const [MOST_SPLITS, LEAST_SPLIT_BYTES] = [16, 128];

type Decoder = (input: Uint8Array<ArrayBuffer>, limit: number) => Uint8Array | Promise<Uint8Array>;

/** By the number in the header. LZ4HC is LZ4. */
const DECODERS: readonly (Decoder | undefined)[] = [
  decodeBlosclz,
  decodeLz4Block,
  undefined,
  decodeDeflate,
  decodeZstandard,
];
const SNAPPY = 2;

/**
 * Undoes a buffer of Blosc 1 (README_CHUNK_FORMAT.rst of c-blosc): blocks of values whose bytes or bits may be shuffled, in
 * BloscLZ, LZ4, zlib or Zstandard.
 *
 * @returns at most `limit` bytes
 * @throws DecodeError for damaged or cut-off data or more than `limit` bytes, UnsupportedError for Snappy and Blosc 2;
 *   EnvironmentError when the decoder of Zstandard cannot be loaded.
 */
export async function decodeBlosc(input: Uint8Array<ArrayBuffer>, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  if (input.length < HEADER_BYTES) throw damaged(`it has ${input.length} bytes, less than a header`);
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  const [version, inner, flags, size] = [0, 1, 2, 3].map((at) => view.getUint8(at)) as [number, number, number, number];
  const [length, blockBytes, stored] = [4, 8, 12].map((at) => view.getUint32(at, true)) as [number, number, number];
  if (version !== VERSION) {
    throw new UnsupportedError(`it is in version ${version} of the format of Blosc, of which ${VERSION} is read`);
  }
  if (inner !== INNER_VERSION || (flags & FLAGS.reserved) !== 0) throw damaged('its header is of no known version');
  if (stored !== input.length) throw damaged(`its header says ${stored} bytes, and there are ${input.length}`);
  if (length > limit) throw tooLong(limit);
  if (length > 0 && (size === 0 || blockBytes === 0 || blockBytes > length)) throw damaged('its header is impossible');
  if ((flags & FLAGS.stored) !== 0) {
    if (input.length !== HEADER_BYTES + length) throw damaged('what it stores uncompressed has another length');
    return input.slice(HEADER_BYTES);
  }
  const output = new Uint8Array(length);
  if (length === 0) return output;
  const number = flags >> 5;
  const decode = DECODERS[number];
  if (decode === undefined) {
    throw new UnsupportedError(`it uses ${number === SNAPPY ? 'Snappy' : `compressor ${number}`} inside of Blosc`);
  }
  const blocks = Math.ceil(length / blockBytes);
  if (HEADER_BYTES + 4 * blocks > input.length) throw damaged('its blocks have no room');
  const isSplit =
    (flags & FLAGS.notSplit) === 0 && size <= MOST_SPLITS && Math.floor(blockBytes / size) >= LEAST_SPLIT_BYTES;
  const part = (from: number, bytes: number): Uint8Array<ArrayBuffer> => {
    if (from + bytes > input.length) throw damaged('a block lies beyond its end');
    return input.subarray(from, from + bytes);
  };
  for (let block = 0; block < blocks; block++) {
    const target = output.subarray(block * blockBytes, Math.min(length, (block + 1) * blockBytes));
    const streams = isSplit && target.length === blockBytes ? size : 1;
    const streamBytes = target.length / streams;
    if (!Number.isInteger(streamBytes)) throw damaged('its blocks cannot be split into the bytes of its values');
    const isShuffled = (flags & FLAGS.shuffled) !== 0 && size > 1;
    const isBitShuffled = !isShuffled && (flags & FLAGS.bitShuffled) !== 0 && blockBytes >= size;
    const plain = isShuffled || isBitShuffled ? new Uint8Array(target.length) : target;
    let at = view.getUint32(HEADER_BYTES + 4 * block, true);
    for (let stream = 0; stream < streams; stream++) {
      part(at, 4);
      const bytes = view.getUint32(at, true);
      const encoded = part(at + 4, bytes);
      const decoded = bytes === streamBytes ? encoded : await decode(encoded, streamBytes);
      if (decoded.length !== streamBytes) throw damaged(`a block has ${decoded.length} bytes, not ${streamBytes}`);
      plain.set(decoded, stream * streamBytes);
      at += 4 + bytes;
    }
    if (isShuffled) unshuffle(plain, size, target);
    else if (isBitShuffled) unshuffleBits(plain, size, target);
  }
  return output;
}

function damaged(why: string): DecodeError {
  return new DecodeError(`its Blosc data is damaged or cut off (${why})`);
}
