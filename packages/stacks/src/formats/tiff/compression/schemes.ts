import { loaded, type Rewriter } from '../../../compression/errors.ts';
import type { Block, Scheme } from './decoder.ts';
import { decodeDeflate } from '#inflate';
import type { FaxGroup } from './fax.ts';
import { decodeLzw } from './lzw.ts';
import { decodePackBits } from './packbits.ts';

/** Most bytes that `block` can decode to. */
const limit = ({ maxRows, rowBytes }: Block): number => maxRows * rowBytes;

type Decode = Scheme['decode'];

/** A decoder that is loaded by the first block that needs it. */
function late(name: string, load: () => Promise<Decode>): Decode {
  return async (input, block) => (await loaded(name, load()))(input, block);
}

function fax(group: FaxGroup): Decode {
  return late('CCITT fax', async () => {
    const { decodeFax } = await import('./fax.ts');
    return (input, block) => decodeFax(input, block, group);
  });
}

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
  jpeg: {
    name: 'JPEG',
    numbers: [7],
    // 64 values from a bit.
    maxExpansion: 512,
    values: true,
    decode: late('JPEG', async () => (await import('./jpeg.ts')).decodeJpeg),
  },
  jpeg2000: {
    name: 'JPEG 2000',
    // The official number, and those of slide scanners.
    numbers: [34712, 33003, 33004, 33005],
    maxExpansion: Infinity,
    values: true,
    decode: late('JPEG 2000', async () => (await import('./jpeg2000.ts')).decodeJpeg2000),
  },
  lerc: {
    name: 'LERC',
    numbers: [34887],
    maxExpansion: Infinity,
    values: true,
    decode: late('LERC', async () => (await import('./lerc.ts')).decodeLerc),
  },
  zstandard: {
    name: 'Zstandard',
    numbers: [50000],
    // A block of 128 KiB that repeats a byte, from 4 bytes.
    maxExpansion: 32768,
    predictor: true,
    decode: late('Zstandard', async () => {
      const { decodeZstandard } = await import('../../../compression/zstandard.ts');
      return (input, block) => decodeZstandard(input, limit(block));
    }),
  },
} satisfies Record<string, Scheme>;

export type Compression = keyof typeof READ;

export const SCHEMES: Readonly<Record<Compression, Scheme>> = READ;

/** The compression with `number` in the Compression tag; undefined where it is not read. */
export function compressionOf(number: number): Compression | undefined {
  return (Object.keys(SCHEMES) as Compression[]).find((name) => SCHEMES[name].numbers.includes(number));
}

/** Ways to a file that is read. */
export const REWRITE: Readonly<Record<Rewriter, string>> = {
  libtiff: 'Rewrite the file without compression, for example with: tiffcp -c none input.tif output.tif',
  tifffile:
    'Rewrite the file without compression, for example with tifffile (pip install tifffile imagecodecs): python -c ' +
    `"import tifffile; tifffile.imwrite('output.tif', tifffile.imread('input.tif'))"`,
};

/** Compressions in use that are not read, and who reads them. */
const OTHERS: ReadonlyMap<number, readonly [name: string, rewriter: Rewriter]> = new Map([
  [6, ['old-style JPEG', 'libtiff']],
  [34661, ['JBIG', 'libtiff']],
  [34925, ['LZMA', 'libtiff']],
  [50001, ['WebP', 'libtiff']],
  [50002, ['JPEG XL', 'tifffile']],
]);

/** What to say of a compression that is not read, and what to do. */
export function refusal(number: number): string {
  const [name, rewriter] = OTHERS.get(number) ?? ['unknown', 'tifffile'];
  return `Compression ${number} (${name}) is not supported. ${REWRITE[rewriter]}`;
}
