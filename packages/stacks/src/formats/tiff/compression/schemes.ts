import type { Block, Scheme } from './decoder.ts';
import { decodeDeflate } from './deflate.ts';
import type { FaxGroup } from './fax.ts';
import { decodeLzw } from './lzw.ts';
import { decodePackBits } from './packbits.ts';

/** Most bytes that `block` can decode to. */
const limit = ({ maxRows, rowBytes }: Block): number => maxRows * rowBytes;

const fax =
  (group: FaxGroup): Scheme['decode'] =>
  async (input, block) =>
    (await import('./fax.ts')).decodeFax(input, block, group);

/**
 * The compressions that are read. What most pages use is part of the program; a decoder of the others is loaded when a
 * block needs it.
 */
const READ = {
  none: { name: 'none', numbers: [1], maxExpansion: 1, decode: (input) => input },
  lzw: {
    name: 'LZW',
    numbers: [5],
    // The longest string of a full table of 4096 codes, from 12 bits.
    maxExpansion: 2560,
    predictor: true,
    decode: (input, block) => decodeLzw(input, limit(block)),
  },
  deflate: {
    name: 'Deflate',
    // The official number, and one from before it had that.
    numbers: [8, 32946],
    // 258 bytes from 2 bits.
    maxExpansion: 1032,
    predictor: true,
    decode: (input, block) => decodeDeflate(input, limit(block)),
  },
  packbits: {
    name: 'PackBits',
    numbers: [32773],
    // A run of 128 from 2 bytes.
    maxExpansion: 64,
    decode: (input, block) => decodePackBits(input, limit(block)),
  },
  rle: { name: 'CCITT run lengths', numbers: [2], maxExpansion: Infinity, decode: fax(2) },
  fax3: { name: 'CCITT fax group 3', numbers: [3], maxExpansion: Infinity, decode: fax(3) },
  fax4: { name: 'CCITT fax group 4', numbers: [4], maxExpansion: Infinity, decode: fax(4) },
} satisfies Record<string, Scheme>;

export type Compression = keyof typeof READ;

export const SCHEMES: Readonly<Record<Compression, Scheme>> = READ;

/** The compression with `number` in the Compression tag; undefined where it is not read. */
export function compressionOf(number: number): Compression | undefined {
  return (Object.keys(SCHEMES) as Compression[]).find((name) => SCHEMES[name].numbers.includes(number));
}

/** Compressions in use that are not read, for messages. */
const OTHERS: ReadonlyMap<number, string> = new Map([
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

/** What to say of a compression that is not read, and what to do. */
export function refusal(number: number): string {
  return (
    `Compression ${number} (${OTHERS.get(number) ?? 'unknown'}) is not supported. Rewrite the file without ` +
    'compression, for example with: tiffcp -c none input.tif output.tif'
  );
}
