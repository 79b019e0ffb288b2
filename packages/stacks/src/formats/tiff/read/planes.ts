import { InvalidImageError } from '@dilated-unet/core';
import { isRow, storedBytes, type Page } from './blocks.ts';
import { damaged, pageText } from './directory.ts';
import { planeCount } from '../../../select.ts';
import type { DescribedImage } from './description/described.ts';
import { liesInside, type TiffFile } from './file.ts';
import type { Chain } from './pages.ts';

/** The planes of an image. */
export interface Planes {
  readonly count: number;
  /** Number `k`, from 0. */
  readonly at: (k: number) => Page;
}

/**
 * The planes of `described` that lie one behind the other, the first of them as `first` says: so ImageJ writes stacks above
 * 4 GiB, and others all stacks.
 *
 * @param chain the places of which the directories speak.
 * @throws InvalidImageError where they cannot lie there, or are of another size.
 */
export function planesInARow(
  file: TiffFile,
  first: Page,
  described: DescribedImage,
  { places, placesAreAll }: Pick<Chain, 'places' | 'placesAreAll'>,
): Planes {
  const { source, planeSize: [rows, columns] = [first.height, first.width] } = described;
  const count = planeCount(described);
  if (rows !== first.height || columns !== first.width) {
    throw damaged(
      first.name,
      `${source} promises ${count} planes of ${columns} x ${rows} pixels, but the page has ${first.width} x ${first.height}`,
    );
  }
  const run = storedRun(first);
  const end = run === undefined ? Infinity : run.start + count * run.size;
  // What a directory speaks of is no plane: a page behind the first, a table, or the pixels of a SubIFD.
  const isFree = run !== undefined && placesAreAll && firstFrom(places, run.start + 1) >= end;
  if (!isFree || !liesInside(file, run.start, end - run.start)) {
    throw damaged(
      first.name,
      `${source} promises ${count} planes, but the other ${count - 1} do not follow the pixels of its page`,
    );
  }
  const { samples } = first.format;
  const parts = samples.planar ? samples.count : 1;
  const size = run.size / parts;
  const at = (z: number): Page => ({
    ...first,
    blockWidth: first.width,
    blockHeight: first.height,
    offsets: Float64Array.from({ length: parts }, (_, part) => run.start + z * run.size + part * size),
    byteCounts: new Float64Array(parts).fill(size),
  });
  return { count, at };
}

/** Bytes by which writers fill up to the next boundary, at most. */
const PADDING = 15;

/**
 * Refuses a file in which room for further planes lies behind the pixels of a page, and nothing says what it is: programs
 * that know how they wrote it read more sections there than its directories have.
 *
 * @param places byte offsets of all that the directories speak of, ascending.
 */
export function requireNoHiddenPlanes(file: TiffFile, pages: readonly Page[], places: Float64Array): void {
  const starts = new Set(pages.map((page) => storedRun(page)?.start));
  for (const page of pages) {
    const run = storedRun(page);
    if (run === undefined) continue;
    const end = run.start + run.size;
    const next = Math.min(firstFrom(places, end), file.bytes.byteLength);
    const more = Math.floor((next - end - PADDING) / run.size);
    if (more < 1 || starts.has(end)) continue;
    throw new InvalidImageError(
      `${pageText(page.name)}: behind its pixels lie ${next - end} bytes of which ` +
        `no directory speaks, room for ${more} more section${more === 1 ? '' : 's'}. The file seems to hold several ` +
        'sections behind one directory. Open it in the program that wrote it, or in Fiji, and save it as a stack of pages ' +
        '(File > Save As > Tiff).',
    );
  }
}

/** Where the pixels of `page` lie, where they are stored as they are and in order. */
function storedRun(page: Page): { readonly start: number; readonly size: number } | undefined {
  const start = page.offsets[0] as number;
  return isRow(page) && start !== 0 ? { start, size: storedBytes(page) } : undefined;
}

/** The smallest of `places` that is at least `least`; Infinity where there is none. */
function firstFrom(places: Float64Array, least: number): number {
  let [low, high] = [0, places.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((places[middle] as number) < least) low = middle + 1;
    else high = middle;
  }
  return places[low] ?? Infinity;
}
