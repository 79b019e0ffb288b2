import { DecodeError } from '../../../compression/errors.ts';
import type { StoredType } from '../../../stored-values.ts';

/** What a decoder is told of a strip or tile. */
export interface Block {
  readonly width: number;
  /** Rows that it must have. */
  readonly rows: number;
  /** Rows that it may have: writers may fill the last strip up to the height of the others. */
  readonly maxRows: number;
  /** Bytes of one row once decoded. */
  readonly rowBytes: number;
  readonly stored: StoredType;
  readonly tags: CodecTags;
}

/** Tags of a page that only its compression needs. */
export interface CodecTags {
  /** FillOrder 2: the bits of each byte are in reverse order. */
  readonly reversedBits: boolean;
  /** T4Options: 1 two-dimensional coding, 2 uncompressed parts. */
  readonly faxOptions?: number | undefined;
  /** JPEGTables: a JPEG stream of tables alone, which all blocks of the page share. */
  readonly jpegTables?: Uint8Array | undefined;
  /** Second value of LercParameters: what LERC blobs are compressed with once more (0 nothing, 1 Deflate, 2 Zstandard). */
  readonly lercWrapper?: number | undefined;
}

/** One compression: how its blocks are decoded and what a page may promise of them. */
export interface Scheme {
  /** For messages. */
  readonly name: string;
  /** Values of the Compression tag. */
  readonly numbers: readonly number[];
  /**
   * The most bytes that one compressed byte can stand for, so that an absurd size is refused before memory is taken;
   * Infinity where a few bytes can stand for a block of any size.
   */
  readonly maxExpansion: number;
  /** Whether a predictor may lie underneath; libtiff ignores the tag beside the others. */
  readonly predictor?: true;
  /** It decodes to values in this machine's byte order, rather than to bytes in that of the file. */
  readonly values?: true;
  /**
   * The bytes of a block, at least `rows * rowBytes` and at most `maxRows * rowBytes` of them, in memory that begins at
   * an offset which suits its values.
   *
   * @param input may be returned, or changed
   * @throws DecodeError for damaged data and for more bytes than a block can have; EnvironmentError when the decoder
   *   cannot be loaded.
   */
  readonly decode: (input: Uint8Array<ArrayBuffer>, block: Block) => Uint8Array | Promise<Uint8Array>;
}

/** @throws DecodeError unless `name` data of a `width` x `height` image with `samples` a pixel is what `block` needs. */
export function requireShape(
  { width, rows, maxRows }: Block,
  name: string,
  found: { readonly width: number; readonly height: number; readonly samples: number },
): void {
  if (found.width === width && found.height >= rows && found.height <= maxRows && found.samples === 1) return;
  const size = ({ width, height, samples }: typeof found): string =>
    `${width} x ${height} pixels of ${samples} ${samples === 1 ? 'sample' : 'samples'}`;
  throw new DecodeError(`its ${name} data has ${size(found)}, not ${size({ width, height: rows, samples: 1 })}`);
}
