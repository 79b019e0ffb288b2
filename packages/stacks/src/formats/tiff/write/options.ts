import { InvalidOptionError } from '@dilated-unet/core';
import { BYTES_PER_VALUE, type StoredDtype } from '../../../dtype.ts';
import type { PixelSize } from '../../../source.ts';
import type { WriteCompression } from './directory.ts';

/** How pixels are stored. */
export interface TiffEncoding {
  /** @default 'none', which every reader of TIFF opens, and ImageJ without loading the whole stack */
  readonly compression?: WriteCompression;
  /**
   * Whether offsets have 64 bits (BigTIFF), needed above 4 GiB and opened by fewer programs. `auto`: when the number of
   * pages is known, only where the uncompressed stack would not fit into 4 GiB; when it is not known, always.
   * @default 'auto'
   */
  readonly bigTiff?: 'auto' | boolean;
  /**
   * Text for the first page's ImageDescription; no NUL character. Do not imitate ImageJ's own (`ImageJ=...` with
   * `images=`): it promises pages without anything between them, and ImageJ then ignores the directories. It opens the
   * stack from the directories when the description is another, or absent.
   * @default none
   */
  readonly description?: string;
  /**
   * Size of a pixel, nanometres, numbers above 0: in the resolution tags of the first page and, as ImageJ writes it, in its
   * description, so that none of another text can be given beside it.
   * @default not known
   */
  readonly pixelSize?: PixelSize;
}

/** What a `TiffWriter` must know before the first page. */
export interface TiffWriterOptions extends TiffEncoding {
  /** Columns (x) of each page, pixels. */
  readonly width: number;
  /** Rows (y) of each page, pixels. */
  readonly height: number;
  readonly dtype: StoredDtype;
  /** Number of pages, where it is known: then closing with another number is an error. @default not known */
  readonly depth?: number;
}

/** Options that were checked, with what follows from them. */
export interface ResolvedWriterOptions {
  readonly width: number;
  readonly height: number;
  readonly dtype: StoredDtype;
  readonly depth: number | undefined;
  readonly compression: WriteCompression;
  readonly bigTiff: boolean;
  readonly description: string | undefined;
  readonly pixelSize: PixelSize | undefined;
}

/** Largest classic file: offsets have 32 bits. */
export const CLASSIC_LIMIT = 2 ** 32 - 1;

/** Checks `options`. @throws InvalidOptionError naming the option, what is allowed and what was received. */
export function resolveWriterOptions(options: TiffWriterOptions): ResolvedWriterOptions {
  const { width, height, dtype, depth, compression = 'none', bigTiff = 'auto', description, pixelSize } = options;
  for (const [name, value] of Object.entries({ width, height, depth })) {
    if (value === undefined && name === 'depth') continue;
    if (!Number.isInteger(value) || (value as number) < 1 || (value as number) > CLASSIC_LIMIT) {
      throw new InvalidOptionError(name, `must be a whole number from 1 to ${CLASSIC_LIMIT}`, value);
    }
  }
  if (!Object.hasOwn(BYTES_PER_VALUE, dtype)) {
    throw new InvalidOptionError('dtype', 'must be uint8, uint16, uint32 or float32', dtype);
  }
  if (compression !== 'none' && compression !== 'deflate') {
    throw new InvalidOptionError('compression', 'must be none or deflate', compression);
  }
  if (bigTiff !== 'auto' && typeof bigTiff !== 'boolean') {
    throw new InvalidOptionError('bigTiff', 'must be auto, true or false', bigTiff);
  }
  if (description?.includes('\0') === true) {
    throw new InvalidOptionError('description', 'must not contain a NUL character', description);
  }
  if (pixelSize !== undefined) requirePixelSize(pixelSize, description);
  const big = bigTiff === 'auto' ? depth === undefined || mayExceedClassic({ ...options, depth }) : bigTiff;
  const text = pixelSize === undefined ? description : imageJScale(pixelSize, depth);
  return { width, height, dtype, depth, compression, bigTiff: big, description: text, pixelSize };
}

function requirePixelSize(pixelSize: PixelSize, description: string | undefined): void {
  if (description !== undefined) {
    throw new InvalidOptionError(
      'description',
      'must not be given beside pixelSize, which takes its place',
      description,
    );
  }
  const { z = 1, y, x } = pixelSize;
  if ([z, y, x].every((size) => size > 0 && size < Infinity)) return;
  throw new InvalidOptionError('pixelSize', 'must be nanometres above 0', pixelSize);
}

/** The unit and the distance of sections in ImageJ's words. Without `images=` it takes the pages from the directories. */
function imageJScale({ z }: PixelSize, depth: number | undefined): string {
  const slices = depth === undefined ? [] : [`slices=${depth}`];
  const spacing = z === undefined ? [] : [`spacing=${z}`];
  return ['ImageJ=1.54f', ...slices, 'unit=nm', ...spacing, ''].join('\n');
}

/** Pixels, and generously what goes with them: directories and tables, and Deflate where it does not shrink. */
function mayExceedClassic({ width, height, dtype, depth }: TiffWriterOptions & { readonly depth: number }): boolean {
  return depth * (1.01 * width * height * BYTES_PER_VALUE[dtype] + 4096) > CLASSIC_LIMIT;
}
