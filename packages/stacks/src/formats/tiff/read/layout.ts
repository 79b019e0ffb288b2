import { InvalidImageError } from '@dilated-unet/core';
import { BYTES_PER_VALUE, type Dtype } from '../dtype.ts';
import { TAG } from '../tags.ts';
import { readPage, storedRowBytes, type Page } from './blocks.ts';
import { damaged, readDirectories, readText } from './directory.ts';
import { liesInside, openTiff } from './file.ts';
import { resolveLimits, type ReadLimits } from './limits.ts';

/** What a stack is, known before any pixel is decoded. */
export interface StackLayout {
  readonly width: number;
  readonly height: number;
  readonly dtype: Dtype;
  /** In order of z; all of one size and type. */
  readonly pages: readonly Page[];
}

/**
 * Checks the whole file without decoding it. What it returns is safe to decode: sizes are within the limits and every
 * strip or tile lies inside the file.
 *
 * @throws InvalidImageError for anything wrong. @throws InvalidOptionError for a limit that is not a whole number >= 1.
 */
export function readLayout(bytes: Uint8Array, options: ReadLimits): StackLayout {
  const limits = resolveLimits(options);
  const file = openTiff(bytes);
  const directories = readDirectories(file, limits.maxPages);
  const pages: Page[] = [];
  let claimed = 0;
  for (const directory of directories) {
    const page = readPage(directory, limits);
    const first = pages[0] ?? page;
    requireSame(first, page);
    requireBytes(first, directories.length, limits.maxBytes);
    for (const byteCount of page.byteCounts) claimed += byteCount;
    // Each byte of a file is stored once: pages that share bytes would multiply the work without bound.
    if (claimed > bytes.length) {
      throw damaged(directory, 'its strips or tiles overlap those of other pages');
    }
    pages.push(page);
  }
  const first = pages[0] as Page;
  const images = pages.length === 1 ? imageJCount(first) : 1;
  if (images > 1) {
    if (images > limits.maxPages) {
      throw new InvalidImageError(
        `The file has ${images} images, more than ${limits.maxPages}. Split it, or raise maxPages if that is meant.`,
      );
    }
    requireBytes(first, images, limits.maxBytes);
    return { ...shape(first), pages: contiguousPages(first, images) };
  }
  return { ...shape(first), pages };
}

function shape({ width, height, format }: Page): Omit<StackLayout, 'pages'> {
  return { width, height, dtype: format.dtype };
}

function requireSame(first: Page, page: Page): void {
  const describe = ({ width, height, format }: Page): string =>
    `${width} x ${height} pixels of ${format.bits === 1 ? '1 bit' : format.dtype}`;
  if (describe(first) === describe(page)) return;
  throw new InvalidImageError(
    `The pages differ: page 0 has ${describe(first)}, page ${page.directory.page} has ${describe(page)}. A stack ` +
      'needs pages of one size and type: save thumbnails, pyramid levels or other series apart.',
  );
}

function requireBytes({ width, height, format }: Page, depth: number, maxBytes: number): void {
  const bytes = width * height * depth * BYTES_PER_VALUE[format.dtype];
  if (bytes <= maxBytes) return;
  throw new InvalidImageError(
    `The stack of ${width} x ${height} x ${depth} ${format.dtype} values takes ${bytes} bytes, more than the ` +
      `${maxBytes} allowed. Split it, or raise maxBytes if there is memory for it.`,
  );
}

/** ImageJ writes stacks above 4 GiB as one directory and says in its description how many images follow the first. */
function imageJCount({ directory }: Page): number {
  const description = readText(directory, TAG.imageDescription);
  if (description?.startsWith('ImageJ=') !== true) return 1;
  return Number(/^images=(\d+)\s*$/m.exec(description)?.[1] ?? 1);
}

function contiguousPages(first: Page, images: number): Page[] {
  const { directory, format, tiled, width, height } = first;
  const start = first.offsets[0] as number;
  const rowBytes = storedRowBytes(first);
  const size = height * rowBytes;
  const inOrder = first.offsets.every((offset, block) => offset === start + block * first.blockHeight * rowBytes);
  if (format.compression !== 'none' || tiled || !inOrder || !liesInside(directory.file, start, images * size)) {
    throw damaged(
      directory,
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
