import { loaded } from '../../../compression/errors.ts';
import { shuffle } from '../../../compression/shuffle.ts';

/** Of Zstandard; zstd's own default. */
const LEVEL = 3;
const [HEADER_BYTES, PLACE_BYTES] = [16, 8];
/** In the header: Zstandard, blocks in one stream each; bytes that are shuffled, and such that are only stored. */
const [ZSTANDARD, SHUFFLED, STORED] = [0x90, 1, 2];

/** Encodes chunks of values of `size` bytes in Blosc 1: shuffled, one block, Zstandard. */
export interface BloscEncoder {
  /** The codec of zarr 3 that undoes it. */
  readonly codec: object;
  encode(values: Uint8Array): Promise<Uint8Array>;
}

/** What numcodecs exports; its types name a file that they do not find. */
interface ZstdModule {
  readonly default: {
    fromConfig(config: { readonly id: string; readonly level: number }): {
      encode(data: Uint8Array): Promise<Uint8Array>;
    };
  };
}

/** @throws EnvironmentError when the encoder of Zstandard cannot be loaded. */
export async function bloscEncoder(size: number): Promise<BloscEncoder> {
  const { default: codec } = (await loaded('Zstandard', import('numcodecs/zstd'))) as unknown as ZstdModule;
  const zstd = codec.fromConfig({ id: 'zstd', level: LEVEL });
  return {
    // Level 3 of Zstandard is what c-blosc takes for 2.
    codec: {
      name: 'blosc',
      configuration: {
        cname: 'zstd',
        clevel: 2,
        shuffle: size > 1 ? 'shuffle' : 'noshuffle',
        typesize: size,
        blocksize: 0,
      },
    },
    async encode(values) {
      const stream = await zstd.encode(size > 1 ? shuffle(values, size) : values);
      const isSmaller = PLACE_BYTES + stream.length < values.length;
      const body = isSmaller ? stream : values;
      const start = isSmaller ? HEADER_BYTES + PLACE_BYTES : HEADER_BYTES;
      const out = new Uint8Array(start + body.length);
      const view = new DataView(out.buffer);
      out.set([2, 1, ZSTANDARD | (isSmaller ? (size > 1 ? SHUFFLED : 0) : STORED), size]);
      view.setUint32(4, values.length, true);
      view.setUint32(8, values.length, true);
      view.setUint32(12, out.length, true);
      if (isSmaller) {
        view.setUint32(HEADER_BYTES, HEADER_BYTES + 4, true);
        view.setUint32(HEADER_BYTES + 4, stream.length, true);
      }
      out.set(body, start);
      return out;
    },
  };
}
