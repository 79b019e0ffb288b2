import { readdirSync, readFileSync } from 'node:fs';
import { blosc, ENCODERS, type BloscLayout } from '../../../../packages/stacks/test/support/encode-chunks.ts';
import type { Draw } from '../draw.ts';
import type { ChunkForm } from './zarr.ts';

/** A compression of chunks, as the metadata of both versions name it. */
export interface DrawnCodec {
  readonly v2: object | null;
  /** Behind the codec `bytes`. */
  readonly v3: readonly object[];
  readonly isBlosc: boolean;
  readonly encode: ChunkForm['encode'];
}

const PLAIN: DrawnCodec = { v2: null, v3: [], isBlosc: false, encode: (values) => Promise.resolve(values) };

const SIMPLE = {
  zstd: { v2: { id: 'zstd', level: 3 }, v3: { name: 'zstd', configuration: { level: 3, checksum: false } } },
  gzip: { v2: { id: 'gzip', level: 6 }, v3: { name: 'gzip', configuration: { level: 6 } } },
  zlib: { v2: { id: 'zlib', level: 6 }, v3: { name: 'numcodecs.zlib', configuration: { level: 6 } } },
  lz4: { v2: { id: 'lz4', acceleration: 1 }, v3: { name: 'numcodecs.lz4', configuration: { acceleration: 1 } } },
} as const;

/** @param size bytes of a value. */
export function drawnCodec(draw: Draw, size: number): DrawnCodec {
  const kind = draw.of(['none', 'zstd', 'gzip', 'zlib', 'lz4', 'blosc', 'blosc', 'blosc', 'blosc'] as const);
  const codec = kind === 'none' ? PLAIN : kind === 'blosc' ? bloscCodec(drawnLayout(draw, size)) : simple(kind);
  return draw.chance(0.1) ? { ...codec, ...checked(codec) } : codec;
}

function simple(kind: keyof typeof SIMPLE): DrawnCodec {
  const { v2, v3 } = SIMPLE[kind];
  return { v2, v3: [v3], isBlosc: false, encode: ENCODERS[kind] };
}

/** Zarr 2 has none with a checksum that both readers know: it is used for zarr 3 alone. */
function checked({ v3, encode }: DrawnCodec): Pick<DrawnCodec, 'v2' | 'v3' | 'encode'> {
  return {
    v2: { id: 'none' },
    v3: [...v3, { name: 'crc32c' }],
    encode: async (values) => ENCODERS.crc32c(await encode(values)),
  };
}

function drawnLayout(draw: Draw, size: number): BloscLayout {
  return {
    inner: draw.of(['lz4', 'zlib', 'zstd', 'blosclz']),
    size,
    blockBytes: size * draw.of([16, 32, 128, 256]),
    // Values of four bytes and more whose bits are turned round are too large for float32.
    shuffled: draw.of(size > 2 ? ['no', 'bytes'] : ['no', 'bytes', 'bits']),
    split: draw.chance(0.7),
  };
}

function bloscCodec(layout: BloscLayout): DrawnCodec {
  const { inner: cname, size: typesize, shuffled } = layout;
  const number = { no: 0, bytes: 1, bits: 2 }[shuffled];
  const shuffle = ['noshuffle', 'shuffle', 'bitshuffle'][number];
  return {
    v2: { id: 'blosc', cname, clevel: 5, shuffle: number, blocksize: 0 },
    v3: [{ name: 'blosc', configuration: { cname, clevel: 5, shuffle, typesize, blocksize: 0 } }],
    isBlosc: true,
    encode: async (values) => blosc(values, layout),
  };
}

const BUFFERS = new URL('../../../../packages/stacks/test/formats/zarr/fixtures/blosc/', import.meta.url);
const NAMES = readdirSync(BUFFERS);
/** Values of a buffer. */
export const BUFFER_VALUES = 2003;

/** A buffer of `BUFFER_VALUES` unsigned integers that c-blosc wrote, in several blocks. */
export function drawnBuffer(draw: Draw): { readonly size: number; readonly codec: DrawnCodec } {
  const name = draw.of(NAMES);
  const [inner, shuffled, size] = name.replace('.bin', '').split('-') as [BloscLayout['inner'], string, string];
  const layout: BloscLayout = {
    inner,
    size: Number(size),
    blockBytes: 4096,
    shuffled: (['no', 'bytes', 'bits'] as const)[Number(shuffled)] ?? 'no',
    split: true,
  };
  const encode = (): Promise<Uint8Array> => Promise.resolve(Uint8Array.from(readFileSync(new URL(name, BUFFERS))));
  return { size: Number(size), codec: { ...bloscCodec(layout), encode } };
}
