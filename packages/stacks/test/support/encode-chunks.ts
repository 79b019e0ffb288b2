import { deflateSync, gzipSync } from 'node:zlib';
import { crc32c } from '../../src/compression/crc32c.ts';
import { shuffle } from '../../src/compression/shuffle.ts';

/** What numcodecs.js exports; its types name a file that they do not find. */
interface Codec {
  readonly default: {
    fromConfig(config: object): { encode(data: Uint8Array): Promise<Uint8Array> };
  };
}

/** Compressions of chunks by numcodecs.js and Node's zlib, none of which is code of this package. */
export const ENCODERS = {
  zstd: async (values: Uint8Array) => encoded(import('numcodecs/zstd'), { level: 3 }, values),
  lz4: async (values: Uint8Array) => encoded(import('numcodecs/lz4'), { acceleration: 1 }, values),
  gzip: (values: Uint8Array) => Promise.resolve(plain(gzipSync(values, { level: 6 }))),
  zlib: (values: Uint8Array) => Promise.resolve(plain(deflateSync(values, { level: 6 }))),
  crc32c: (values: Uint8Array) => Promise.resolve(withChecksum(values)),
} as const;

async function encoded(module: Promise<unknown>, config: object, values: Uint8Array): Promise<Uint8Array> {
  const { default: codec } = (await module) as Codec;
  return codec.fromConfig(config).encode(values);
}

function plain(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(bytes);
}

/** `bytes` and behind them their CRC-32C. */
export function withChecksum(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length + 4);
  out.set(bytes);
  new DataView(out.buffer).setUint32(bytes.length, crc32c(bytes), true);
  return out;
}

/** How a buffer of Blosc 1 is laid out. */
export interface BloscLayout {
  /** What packs its streams; `blosclz` packs whole buffers of single bytes, by c-blosc itself. */
  readonly inner: 'lz4' | 'zlib' | 'zstd' | 'blosclz';
  /** Bytes of a value. */
  readonly size: number;
  readonly blockBytes: number;
  /** Of bits, values other than those given are read, since the bits are left where they are. */
  readonly shuffled: 'no' | 'bytes' | 'bits';
  /** Whether a block is packed by the bytes of its values, each in a stream of its own. */
  readonly split: boolean;
}

const INNER_NUMBER = { lz4: 1, zlib: 3, zstd: 4 } as const;
const [HEADER_BYTES, MOST_SPLITS, LEAST_SPLIT_BYTES] = [16, 16, 128];

/** `values` in Blosc 1. */
export async function blosc(values: Uint8Array, layout: BloscLayout): Promise<Uint8Array> {
  const { inner, size, shuffled } = layout;
  // c-blosc reads no block that is larger than the whole.
  const blockBytes = Math.min(layout.blockBytes, values.length);
  if (inner === 'blosclz') {
    const config = { cname: 'blosclz', clevel: 9, shuffle: 0, blocksize: layout.blockBytes };
    return encoded(import('numcodecs/blosc'), config, values);
  }
  const split = layout.split && size <= MOST_SPLITS && Math.floor(blockBytes / size) >= LEAST_SPLIT_BYTES;
  const blocks: Uint8Array[][] = [];
  for (let start = 0; start < values.length; start += blockBytes) {
    const block = values.subarray(start, start + blockBytes);
    const turned = shuffled === 'bytes' && size > 1 ? shuffle(block, size) : block;
    const streams = split && block.length === blockBytes ? size : 1;
    const bytes = turned.length / streams;
    blocks.push(
      await Promise.all(
        Array.from({ length: streams }, async (_, i) => packed(turned.slice(i * bytes, (i + 1) * bytes), inner)),
      ),
    );
  }
  const length = blocks.flat().reduce((sum, stream) => sum + 4 + stream.length, HEADER_BYTES + 4 * blocks.length);
  const out = new Uint8Array(length);
  const view = new DataView(out.buffer);
  const flags = { no: 0, bytes: 1, bits: 4 }[shuffled] | (split ? 0 : 16) | (INNER_NUMBER[inner] << 5);
  out.set([2, 1, flags, size]);
  [values.length, blockBytes, length].forEach((field, i) => view.setUint32(4 + 4 * i, field, true));
  let at = HEADER_BYTES + 4 * blocks.length;
  for (const [i, streams] of blocks.entries()) {
    view.setUint32(HEADER_BYTES + 4 * i, at, true);
    for (const stream of streams) {
      view.setUint32(at, stream.length, true);
      out.set(stream, at + 4);
      at += 4 + stream.length;
    }
  }
  return out;
}

/** A stream that would not be smaller is stored. */
async function packed(values: Uint8Array, inner: 'lz4' | 'zlib' | 'zstd'): Promise<Uint8Array> {
  const bytes = await ENCODERS[inner](values);
  // numcodecs has the length before a block of LZ4.
  const stream = inner === 'lz4' ? bytes.subarray(4) : bytes;
  return stream.length < values.length ? stream : values;
}
