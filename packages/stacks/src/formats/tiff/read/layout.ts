import { InvalidImageError } from '@dilated-unet/core';
import type { ByteSource, ReadOptions } from '../../../bytes.ts';
import type { Dtype } from '../../../dtype.ts';
import type { PixelSize } from '../../../source.ts';
import { TAG } from '../tags.ts';
import { readPage, storedRowBytes, type Page } from './blocks.ts';
import { buffered } from './buffered.ts';
import { damaged, readDirectories, readText, type Directory } from './directory.ts';
import { liesInside, readHeader, type TiffFile } from './file.ts';
import { readPixelSize } from './pixel-size.ts';
import { resolveLimits, type OpenLimits } from './limits.ts';
import { storedName } from './values.ts';

/** What a stack is, known before any pixel is decoded. */
export interface StackLayout {
  readonly width: number;
  readonly height: number;
  readonly dtype: Dtype;
  readonly pixelSize?: PixelSize | undefined;
  /** In order of z; all of one size and type. */
  readonly pages: readonly Page[];
}

/** Most strips or tiles of all pages: their tables then take 1 GiB. */
const MAX_BLOCKS = 2 ** 26;

/**
 * Checks the whole file without decoding it. What it returns is safe to decode: sizes are within the limits and every
 * strip or tile lies inside the file. Only directories and their tables are read.
 *
 * @throws InvalidImageError for anything wrong. @throws InvalidOptionError for a limit that is not a whole number >= 1.
 */
export async function readLayout(source: ByteSource, options: OpenLimits & ReadOptions): Promise<StackLayout> {
  const limits = resolveLimits(options);
  const file = await readHeader(buffered(source, options));
  const pages: Page[] = [];
  let images = 1;
  let pixelSize: PixelSize | undefined;
  let claimed = 0;
  let blocks = 0;
  for await (const directory of readDirectories(file, limits.maxPages)) {
    const page = await readPage(directory, limits);
    const first = pages[0] ?? page;
    requireSame(first, page);
    if (page === first) {
      images = await imageJCount(directory);
      pixelSize = await readPixelSize(directory);
    }
    blocks += page.offsets.length;
    if (blocks > MAX_BLOCKS) {
      throw new InvalidImageError(
        `Up to page ${page.name.page} the file has ${blocks} strips or tiles, more than the ${MAX_BLOCKS} allowed. ` +
          'Split it, or write it again with larger ones.',
      );
    }
    for (const byteCount of page.byteCounts) claimed += byteCount;
    // Each byte of a file is stored once: pages that share bytes would multiply the work without bound.
    if (claimed > source.byteLength) {
      throw damaged(directory, 'its strips or tiles overlap those of other pages');
    }
    pages.push(page);
  }
  const first = pages[0] as Page;
  if (pages.length > 1 || images === 1) return { ...shape(first), pixelSize, pages };
  if (images > limits.maxPages) {
    throw new InvalidImageError(
      `The file has ${images} images, more than ${limits.maxPages}. Split it, or raise maxPages if that is meant.`,
    );
  }
  return { ...shape(first), pixelSize, pages: contiguousPages(file, first, images) };
}

function shape({ width, height, format }: Page): Omit<StackLayout, 'pages'> {
  return { width, height, dtype: format.dtype };
}

function requireSame(first: Page, page: Page): void {
  const describe = ({ width, height, format }: Page): string =>
    `${width} x ${height} pixels of ${storedName(format.stored)}`;
  if (describe(first) === describe(page)) return;
  throw new InvalidImageError(
    `The pages differ: page 0 has ${describe(first)}, page ${page.name.page} has ${describe(page)}. A stack ` +
      'needs pages of one size and type: save thumbnails, pyramid levels or other series apart.',
  );
}

/** ImageJ writes stacks above 4 GiB as one directory and says in its description how many images follow the first. */
async function imageJCount(directory: Directory): Promise<number> {
  const description = await readText(directory, TAG.imageDescription);
  if (description?.startsWith('ImageJ=') !== true) return 1;
  return Number(/^images=(\d+)\s*$/m.exec(description)?.[1] ?? 1);
}

function contiguousPages(file: TiffFile, first: Page, images: number): Page[] {
  const { name, format, tiled, width, height } = first;
  const start = first.offsets[0] as number;
  const rowBytes = storedRowBytes(first);
  const size = height * rowBytes;
  const inOrder = first.offsets.every((offset, block) => offset === start + block * first.blockHeight * rowBytes);
  if (format.compression !== 'none' || tiled || !inOrder || !liesInside(file, start, images * size)) {
    throw damaged(
      name,
      `its ImageJ description promises ${images} images, but the other ${images - 1} do not follow its page`,
    );
  }
  return Array.from({ length: images }, (_, z) => ({
    ...first,
    blockWidth: width,
    blockHeight: height,
    offsets: Float64Array.of(start + z * size),
    byteCounts: Float64Array.of(size),
  }));
}
