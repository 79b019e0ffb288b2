import { InvalidImageError } from '@dilated-unet/core';
import type { ByteSource } from '../../../bytes.ts';
import type { Dtype } from '../../../dtype.ts';
import type { OpenOptions } from '../../../options.ts';
import type { PixelSize } from '../../../source.ts';
import type { Page } from './blocks.ts';
import { buffered } from './buffered.ts';
import { planeCount } from './description/described.ts';
import { readHeader, type TiffFile } from './file.ts';
import { resolveLimits, type Limits } from './limits.ts';
import { readChain, type Chain } from './pages.ts';
import { planesInARow, requireNoHiddenPlanes } from './planes.ts';
import { selectImage, selectPlanes, type ImageOfFile } from './select.ts';
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

/**
 * Checks the whole file without decoding it, and finds the sections that are meant. What it returns is safe to decode:
 * sizes are within the limits and every strip or tile lies inside the file. Only directories and their tables are read.
 *
 * @throws InvalidImageError for anything wrong, and where several images, channels or times have no choice;
 *   InvalidOptionError for a limit that is not a whole number >= 1, or a choice that is not there.
 */
export async function readLayout(source: ByteSource, options: OpenOptions): Promise<StackLayout> {
  const limits = resolveLimits(options);
  const file = await readHeader(buffered(source, options));
  const chain = await readChain(file, limits, options);
  const image = selectImage(chain, options);
  const planes = planesOf(file, image, chain, limits);
  if (chain.placesAreAll) requireNoHiddenPlanes(file, planes, chain.places);
  const pages = selectPlanes(image.described, planes.length, options).map((plane) => planes[plane] as Page);
  const { width, height, format } = pages[0] as Page;
  if (format.minIsWhite) {
    const turned = format.lookup !== undefined;
    options.onNote?.(
      turned
        ? 'White is stored as 0. The values are turned round, so that white is the highest.'
        : `White is stored as 0. The ${storedName(format.stored)} values are read as they are stored.`,
    );
  }
  return { width, height, dtype: format.dtype, pixelSize: chain.pixelSize, pages };
}

/** All planes of `image`, in the order of its description. */
function planesOf(
  file: TiffFile,
  { pages, described }: ImageOfFile,
  chain: Chain,
  { maxPages }: Limits,
): readonly Page[] {
  const kinds = new Set(pages.map(({ kind }) => kind));
  if (kinds.size > 1) {
    throw new InvalidImageError(
      `The pages of the image differ: ${[...kinds].slice(0, 3).join(', ')}. A stack needs pages of one size and type.`,
    );
  }
  const read = pages.map(({ page }) => {
    if (page instanceof InvalidImageError) throw page;
    return page;
  });
  const count = described === undefined ? 1 : planeCount(described);
  if (described === undefined || read.length > 1 || count === 1) return read;
  if (count > maxPages) {
    throw new InvalidImageError(
      `The file has ${count} images, more than ${maxPages}. Split it, or raise maxPages if that is meant.`,
    );
  }
  return planesInARow(file, read[0] as Page, described, chain);
}
