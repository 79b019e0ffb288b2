import { decodeDeflate } from '#inflate';
import { crc32c } from '../../../compression/crc32c.ts';
import { DecodeError } from '../../../compression/errors.ts';

/** Bytes become bytes: a compression, or a checksum. */
export interface ByteCodec {
  readonly name: string;
  /** @returns at most `limit` bytes @throws DecodeError for damaged data and more bytes */
  readonly decode: (input: Uint8Array<ArrayBuffer>, limit: number) => Promise<Uint8Array> | Uint8Array;
}

/** By the names of zarr 3, and the `id` of numcodecs, which zarr 2 uses. */
const DECODERS: Readonly<Record<string, ByteCodec['decode']>> = {
  blosc: async (input, limit) => (await import('../../../compression/blosc.ts')).decodeBlosc(input, limit),
  zstd: async (input, limit) => (await import('../../../compression/zstandard.ts')).decodeZstandard(input, limit),
  lz4: async (input, limit) => (await import('../../../compression/lz4.ts')).decodeLz4(input, limit),
  gzip: async (input, limit) => decodeDeflate(input, limit, 'gzip'),
  zlib: async (input, limit) => decodeDeflate(input, limit, 'zlib'),
  crc32c: checked,
};

/** For messages. */
export const CODEC_NAMES = Object.keys(DECODERS);

/** The codec called `name`, which may be one of numcodecs in zarr 3 (`numcodecs.zlib`); undefined for one that is not read. */
export function byteCodec(name: string): ByteCodec | undefined {
  const own = name.replace(/^numcodecs\./, '');
  return Object.hasOwn(DECODERS, own) ? { name: own, decode: DECODERS[own] as ByteCodec['decode'] } : undefined;
}

/** Bytes by which a compression may make data longer that it cannot make shorter, generously. */
const SLACK_BYTES = 2 ** 16;

/** Most bytes that `length` bytes may be stored in. */
export function mostStored(length: number, codecs: readonly ByteCodec[]): number {
  return codecs.length === 0 ? length : 2 * length + SLACK_BYTES;
}

/**
 * Undoes `codecs`, the last of them first.
 *
 * @param length bytes that it must give
 * @throws DecodeError for damaged data, and for more or less bytes
 */
export async function decodeBytes(
  input: Uint8Array<ArrayBuffer>,
  codecs: readonly ByteCodec[],
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  let bytes = input;
  for (let i = codecs.length - 1; i >= 0; i--) {
    const limit = mostStored(length, codecs.slice(0, i));
    bytes = (await (codecs[i] as ByteCodec).decode(bytes, limit)) as Uint8Array<ArrayBuffer>;
  }
  if (bytes.length === length) return bytes;
  throw new DecodeError(`it has ${bytes.length} bytes, not the ${length} of a chunk`);
}

const CHECKSUM_BYTES = 4;

/** What stands before a checksum (CRC-32C, little-endian), which must fit. */
function checked(input: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const at = input.length - CHECKSUM_BYTES;
  const content = input.subarray(0, Math.max(0, at));
  if (at >= 0 && new DataView(input.buffer, input.byteOffset).getUint32(at, true) === crc32c(content)) return content;
  throw new DecodeError('its checksum (CRC-32C) does not fit');
}
