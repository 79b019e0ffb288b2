import { InvalidImageError } from '@dilated-unet/core';
import type { OpenOptions } from '../../../options.ts';
import { TAG } from '../tags.ts';
import { readPage, type Page } from './blocks.ts';
import { describedImages } from './description/index.ts';
import type { DescribedImage } from './description/described.ts';
import { beginsShaped } from './description/shaped.ts';
import {
  damaged,
  placesOf,
  readDirectories,
  readNumber,
  sizeOf,
  UnsupportedPageError,
  type Directory,
} from './directory.ts';
import type { TiffFile } from './file.ts';
import { valuesText } from './format.ts';

/** One directory of the chain. */
export interface ChainPage {
  /** The page, or why it is none that is read. */
  readonly page: Page | InvalidImageError;
  /** Whether the file marks it as no section: a smaller copy, a thumbnail, a mask of transparency. */
  readonly marked: boolean;
  /** Size and type in words; pages of one stack have the same. */
  readonly kind: string;
  /** Pages of one kind with another number here belong to another image. */
  readonly series: number;
}

/** What is read of a file before any pixel is. */
export interface Chain {
  readonly pages: readonly ChainPage[];
  readonly described: readonly DescribedImage[] | undefined;
  /** Byte offsets of what directories speak of, ascending. */
  readonly places: Float64Array;
  /** Whether `places` has all that they speak of: SubIFDs are not looked at. */
  readonly placesAreAll: boolean;
}

/** Walks the directories of `file`. Each page is checked; none is decoded. @throws InvalidImageError for damage. */
export async function readChain(file: TiffFile, options: OpenOptions): Promise<Chain> {
  const pages: ChainPage[] = [];
  const places: number[] = [];
  let described: Chain['described'];
  let [claimed, tables, series] = [0, 0, 0];
  let isWhole = true;
  for await (const directory of readDirectories(file)) {
    const marked = await isMarked(directory);
    const page = await tryPage(directory, marked, options);
    if (pages.length === 0) {
      described = await describedImages(directory);
    } else if (!marked && (await beginsShaped(directory))) {
      series++;
    }
    pages.push({ page, marked, kind: await kindOf(directory, page), series });
    places.push(...placesOf(directory));
    isWhole &&= !directory.fields.has(TAG.subIfds);
    if (page instanceof InvalidImageError) continue;
    for (const byteCount of page.byteCounts) claimed += byteCount;
    tables += sizeOf(directory, page.tiled ? TAG.tileOffsets : TAG.stripOffsets);
    // Each byte of a file is stored once: pages that share bytes would multiply work and memory without bound.
    if (Math.max(claimed, tables) > file.bytes.byteLength) {
      throw damaged(directory, 'its strips or tiles, or the table of them, overlap those of other pages');
    }
    pushRuns(page, places);
  }
  return { pages, described, places: Float64Array.from(places).sort(), placesAreAll: isWhole };
}

async function tryPage(directory: Directory, marked: boolean, options: OpenOptions): Promise<Page | InvalidImageError> {
  try {
    return await readPage(directory, options);
  } catch (error) {
    if (error instanceof UnsupportedPageError || (marked && error instanceof InvalidImageError)) return error;
    throw error;
  }
}

/** Bits of NewSubfileType: a smaller copy, and a mask of transparency; the older SubfileType says 2 for a smaller copy. */
const [REDUCED, MASK, OLD_REDUCED] = [1, 4, 2];

async function isMarked(directory: Directory): Promise<boolean> {
  const subfile = await readNumber(directory, TAG.newSubfileType, 'NewSubfileType', 0);
  if ((subfile & (REDUCED | MASK)) !== 0) return true;
  return (await readNumber(directory, TAG.subfileType, 'SubfileType', 0)) === OLD_REDUCED;
}

async function kindOf(directory: Directory, page: Page | InvalidImageError): Promise<string> {
  const width = await readNumber(directory, TAG.imageWidth, 'ImageWidth', 0);
  const height = await readNumber(directory, TAG.imageLength, 'ImageLength', 0);
  const values = page instanceof InvalidImageError ? 'another kind' : valuesText(page.format);
  return `${width} x ${height} pixels of ${values}`;
}

/** The first byte of each run of blocks that lie one behind the other. */
function pushRuns({ offsets, byteCounts }: Page, places: number[]): void {
  let end = -1;
  offsets.forEach((offset, block) => {
    if (offset !== end && offset !== 0) places.push(offset);
    end = offset + (byteCounts[block] as number);
  });
}
