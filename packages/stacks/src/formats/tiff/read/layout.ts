import { InvalidImageError } from '@dilated-unet/core';
import type { ByteSource } from '../../../bytes.ts';
import type { Dtype } from '../../../dtype.ts';
import { toGrey, type OpenOptions } from '../../../options.ts';
import type { PixelSize } from '../../../source.ts';
import { withSample, type Page } from './blocks.ts';
import { buffered } from './buffered.ts';
import { planeCount } from '../../../select.ts';
import { hasChannels } from './description/described.ts';
import { readDirectory, type PageName } from './directory.ts';
import { readHeader, type TiffFile } from './file.ts';
import { readChain, type Chain } from './pages.ts';
import { readPixelSize } from './pixel-size.ts';
import { planesInARow, requireNoHiddenPlanes, type Planes } from './planes.ts';
import { ONE_SAMPLE } from './samples.ts';
import { selectPlanes } from '../../../select.ts';
import { selectImage, type ImageOfFile } from './select.ts';
import { highestValue, storedName } from '../../../stored-values.ts';

/** What a stack is, known before any pixel is decoded. */
export interface StackLayout {
  readonly width: number;
  readonly height: number;
  readonly dtype: Dtype;
  readonly pixelSize?: PixelSize | undefined;
  /** Sections. */
  readonly depth: number;
  /** The page of section `z`; all are of one size and type. */
  readonly page: (z: number) => Page;
}

/**
 * Checks the whole file without decoding it, and finds the sections that are meant. What it returns is safe to decode:
 * every strip or tile lies inside the file. Only directories and their tables are read, and
 * the pixels of a picture, which is grey or refused.
 *
 * @throws InvalidImageError for anything wrong, and where several images, channels or times have no choice;
 *   InvalidOptionError for a choice that is not there.
 */
export async function readLayout(source: ByteSource, options: OpenOptions): Promise<StackLayout> {
  const file = await readHeader(buffered(source, options));
  const chain = await readChain(file, options);
  const image = selectImage(chain, options);
  const { planes, ends } = planesOf(file, image, chain);
  if (chain.placesAreAll) requireNoHiddenPlanes(file, ends, chain.places);
  const { width, height, format, name } = planes.at(0);
  const pixelSize = await pixelSizeOf(file, image, name, options);
  const { samples, stored } = format;
  const names = options.channel === undefined && !hasChannels(image.described) ? samples.names : undefined;
  const { depth, planeOf, sample } = selectPlanes(image.described, planes.count, names ? ONE_SAMPLE : samples, options);
  const sections = { count: depth, at: (z: number) => planes.at(planeOf(z)) };
  if (names !== undefined) {
    const highest = highestValue(stored);
    const opaque = format.lookup?.[highest] ?? highest;
    const picture = { names, opaque, labels: options.labels === true };
    const refusal = await (await import('./grey-picture.ts')).findColour(source, sections, picture, options);
    if (refusal !== undefined) {
      const asSections = image.described?.samplesMayBeSections === true ? sectionsAdvice(names.length) : '';
      throw new InvalidImageError(`${asSections}${refusal}${toGrey(options)}.`);
    }
  }
  if (format.minIsWhite) {
    const turned = format.lookup !== undefined;
    options.onNote?.(
      turned
        ? 'White is stored as 0. The values are turned round, so that white is the highest.'
        : `White is stored as 0. The ${storedName(stored)} values are read as they are stored.`,
    );
  }
  return {
    width,
    height,
    dtype: format.dtype,
    pixelSize,
    depth,
    page: (z) => withSample(sections.at(z), sample),
  };
}

function sectionsAdvice(planes: number): string {
  return (
    `If the ${planes} planes of the file are sections and no colours, save them again as pages, in Python: ` +
    `tifffile.imwrite(path, data, photometric='minisblack'). `
  );
}

/** @param first page of `image`. */
async function pixelSizeOf(
  file: TiffFile,
  { described }: ImageOfFile,
  first: PageName,
  { onNote }: OpenOptions,
): Promise<PixelSize | undefined> {
  const { pixelSize, unknownUnit } = described ?? {};
  if (unknownUnit === undefined) return pixelSize ?? readPixelSize(await readDirectory(file, first));
  // Writers make the resolution of the same number, which may be too large for its tag: it is not asked.
  onNote?.(
    `The size of a pixel is not known: the OME-XML states it in "${unknownUnit}", which is not a unit that is known here.`,
  );
  return undefined;
}

/** All planes of `image`, in the order of its description; and those behind which further ones may lie. */
function planesOf(
  file: TiffFile,
  { pages, described }: ImageOfFile,
  chain: Chain,
): { readonly planes: Planes; readonly ends: readonly Page[] } {
  const kinds = new Set(pages.map(({ kind }) => kind));
  if (kinds.size > 1) {
    throw new InvalidImageError(
      `The pages of the image differ: ${[...kinds].slice(0, 3).join(', ')}. A stack needs pages of one size and type: save them as files of their own.`,
    );
  }
  const read = pages.map(({ page }) => {
    if (page instanceof InvalidImageError) throw page;
    return page;
  });
  const count = described === undefined ? 1 : planeCount(described);
  if (described === undefined || read.length > 1 || count === 1) {
    return { planes: { count: read.length, at: (k) => read[k] as Page }, ends: read };
  }
  const planes = planesInARow(file, read[0] as Page, described, chain);
  return { planes, ends: [planes.at(count - 1)] };
}
