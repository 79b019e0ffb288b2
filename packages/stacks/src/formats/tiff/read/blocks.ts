import type { InvalidImageError } from '@dilated-unet/core';
import { SCHEMES } from '../compression/schemes.ts';
import { TAG } from '../tags.ts';
import type { OpenOptions } from '../../../options.ts';
import { damaged, readNumber, readNumbers, readText, type Directory, type PageName } from './directory.ts';
import { liesInside, type TiffFile } from './file.ts';
import { readPixelFormat, type PixelFormat } from './format.ts';
import { ONE_SAMPLE } from './samples.ts';
import type { StoredType } from '../../../stored-values.ts';

/** One page: its size, its pixel format, and where its strips or tiles lie. */
export interface Page {
  readonly name: PageName;
  readonly width: number;
  readonly height: number;
  readonly format: PixelFormat;
  readonly tiled: boolean;
  /** Columns and rows of a strip or tile; the last strip may have fewer rows. */
  readonly blockWidth: number;
  readonly blockHeight: number;
  /**
   * Byte offset and length in the file of each block, by rows of blocks, and of planar samples sample by sample; both inside
   * the file. Both 0: the block was never written, and has `fill` everywhere.
   */
  readonly offsets: Float64Array;
  readonly byteCounts: Float64Array;
  /** As it is stored; of integers a bigint, which holds all of them. */
  readonly fill: number | bigint;
  /** Which of the samples of a pixel is read, from 0. */
  readonly sample: number;
}

/** Pixels of a tile that no writer makes for a page of fewer. */
const LARGE_TILE = 2 ** 24;

/** Reads one page's description and checks it. @throws InvalidImageError for anything missing, absurd or outside. */
export async function readPage(directory: Directory, options: Pick<OpenOptions, 'labels' | 'ids'>): Promise<Page> {
  const width = await size(directory, TAG.imageWidth, 'ImageWidth');
  const height = await size(directory, TAG.imageLength, 'ImageLength');
  const format = await readPixelFormat(directory, options);
  const tiled = directory.fields.has(TAG.tileOffsets);
  const blockWidth = tiled ? await size(directory, TAG.tileWidth, 'TileWidth') : width;
  const blockHeight = tiled
    ? await size(directory, TAG.tileLength, 'TileLength')
    : Math.min(height, await readNumber(directory, TAG.rowsPerStrip, 'RowsPerStrip', height));
  if (blockHeight === 0) throw damaged(directory, 'RowsPerStrip is 0');
  // A tile may be larger than a small page, and fill up a large one.
  if (blockWidth * blockHeight > 2 * width * height + LARGE_TILE) {
    throw damaged(directory, `a tile is ${blockWidth} x ${blockHeight} pixels, of a page of ${width} x ${height}`);
  }
  const planes = format.samples.planar ? format.samples.count : 1;
  const count = planes * Math.ceil(width / blockWidth) * Math.ceil(height / blockHeight);
  const table = (tag: number, name: string): Promise<Float64Array | undefined> =>
    readNumbers(directory, tag, name, count);
  const missing = (name: string): InvalidImageError => damaged(directory, `${name} is missing`);
  const offsets = await (tiled ? table(TAG.tileOffsets, 'TileOffsets') : table(TAG.stripOffsets, 'StripOffsets'));
  if (offsets === undefined) throw missing(tiled ? 'TileOffsets' : 'StripOffsets');
  const counts = await (tiled
    ? table(TAG.tileByteCounts, 'TileByteCounts')
    : table(TAG.stripByteCounts, 'StripByteCounts'));
  const byteCounts = counts ?? new Float64Array(count);
  // Its fields are left behind: a file may have more directories than there is memory for.
  const name = { page: directory.page, offset: directory.offset };
  const blocks = { tiled, blockWidth, blockHeight, offsets, byteCounts };
  const page: Page = { name, width, height, format, ...blocks, fill: 0, sample: 0 };
  if (offsets[0] !== 0 && byteCounts.every((byteCount) => byteCount === 0) && isRow(page)) {
    byteCounts.forEach((_, block) => (byteCounts[block] = storedRows(page, block) * storedRowBytes(page)));
  } else if (counts === undefined) {
    throw missing(tiled ? 'TileByteCounts' : 'StripByteCounts');
  }
  let unwritten = false;
  for (let block = 0; block < count; block++) {
    if (isUnwritten(page, block)) unwritten = true;
    else checkBlock(directory.file, page, block);
  }
  return unwritten ? { ...page, fill: await fillValue(directory, format.stored) } : page;
}

/** Whether the strips are stored as they are, one behind the other: then their lengths, which some writers leave out, are known. */
export function isRow(page: Page): boolean {
  if (page.format.compression !== 'none' || page.tiled) return false;
  const rowBytes = storedRowBytes(page);
  let next = page.offsets[0] as number;
  return page.offsets.every((offset, block) => {
    const follows = offset === next;
    next += storedRows(page, block) * rowBytes;
    return follows;
  });
}

/** `page` with its sample number `sample` alone, from 0. */
export function withSample(page: Page, sample: number): Page {
  const { count, planar } = page.format.samples;
  if (!planar) return { ...page, sample };
  const blocks = page.offsets.length / count;
  const own = (table: Float64Array): Float64Array => table.subarray(sample * blocks, (sample + 1) * blocks);
  return {
    ...page,
    format: { ...page.format, samples: ONE_SAMPLE },
    offsets: own(page.offsets),
    byteCounts: own(page.byteCounts),
  };
}

/** Whether the block is not in the file: GDAL and libtiff leave out tiles and strips that nothing was written to. */
export function isUnwritten({ offsets, byteCounts }: Page, block: number): boolean {
  return offsets[block] === 0 && byteCounts[block] === 0;
}

/** The value of blocks that were never written: what GDAL notes, where it is one of `stored`; else 0. */
async function fillValue(directory: Directory, { kind, bits }: StoredType): Promise<Page['fill']> {
  const text = (await readText(directory, TAG.gdalNoData, 'GDAL_NODATA'))?.trim() ?? '';
  const number = Number(text);
  if (kind === 'float') {
    if (Number.isNaN(number)) return text.toLowerCase() === 'nan' ? NaN : 0;
    return bits <= 32 && Number.isFinite(number) && !Number.isFinite(Math.fround(number)) ? 0 : number;
  }
  if (!Number.isInteger(number)) return 0n;
  const value = BigInt(/^-?\d+$/.test(text) ? text : number);
  const least = kind === 'signed' ? -(2n ** BigInt(bits - 1)) : 0n;
  return value >= least && value < least + 2n ** BigInt(bits) ? value : 0n;
}

/** Rows stored in block `block`: a tile has all of its rows, the last strip only those of the image. */
export function storedRows({ tiled, height, blockHeight }: Page, block: number): number {
  return tiled ? blockHeight : Math.min(blockHeight, height - (block % Math.ceil(height / blockHeight)) * blockHeight);
}

/** Bytes of one row of a block as stored, filled up to a whole byte. */
export function storedRowBytes({ format, blockWidth }: Page): number {
  return Math.ceil((blockWidth * format.stored.bits * samplesTogether(format)) / 8);
}

/** Bytes of all pixels of a page, of planar samples of all of them, where they are stored as they are. */
export function storedBytes(page: Page): number {
  const { count, planar } = page.format.samples;
  return page.height * storedRowBytes(page) * (planar ? count : 1);
}

/** How many samples of a pixel lie together. */
export function samplesTogether({ samples }: PixelFormat): number {
  return samples.planar ? 1 : samples.count;
}

/** `strip 3` or `tile 3`, for messages. */
export function blockName({ tiled }: Page, block: number): string {
  return `${tiled ? 'tile' : 'strip'} ${block}`;
}

function checkBlock(file: TiffFile, page: Page, block: number): void {
  const { format } = page;
  const offset = page.offsets[block] as number;
  const byteCount = page.byteCounts[block] as number;
  const name = blockName(page, block);
  if (offset === 0) throw damaged(page.name, `${name} should lie at byte 0, where the header is`);
  if (!liesInside(file, offset, byteCount)) {
    throw damaged(
      page.name,
      `${name} should lie at bytes ${offset} to ${offset + byteCount}, but the file ends at byte ` +
        `${file.bytes.byteLength}`,
    );
  }
  const needed = storedRows(page, block) * storedRowBytes(page);
  const { name: compression, maxExpansion } = SCHEMES[format.compression];
  if (needed > byteCount * maxExpansion) {
    throw damaged(
      page.name,
      `${name} has ${byteCount} bytes (compression: ${compression}), too few for the ${needed} bytes of its ` +
        `${page.blockWidth} x ${storedRows(page, block)} pixels`,
    );
  }
}

async function size(directory: Directory, tag: number, name: string): Promise<number> {
  const value = await readNumber(directory, tag, name, undefined);
  if (value === undefined) throw damaged(directory, `${name} is missing`);
  if (value < 1 || value > 0xffffffff) throw damaged(directory, `${name} is ${value}`);
  return value;
}
