import { InvalidImageError } from '@dilated-unet/core';
import type { OpenOptions } from '../../../options.ts';
import { capital, selectOne } from '../../../select.ts';
import type { DescribedImage } from './description/described.ts';
import type { Chain, ChainPage } from './pages.ts';

/** An image of a file: pages of one kind, and what the file says of them. */
export interface ImageOfFile {
  readonly pages: readonly ChainPage[];
  readonly described: DescribedImage | undefined;
}

/**
 * The image that is meant.
 *
 * @throws InvalidImageError where there are several and none is chosen, InvalidOptionError where there is no such one.
 */
export function selectImage(chain: Chain, options: OpenOptions): ImageOfFile {
  const images = imagesOf(chain, options.onNote);
  const why = images
    .flatMap((one) => one.pages.map(({ page }) => page))
    .find((page) => page instanceof InvalidImageError);
  return selectOne(images, imageName, options, { of: 'file', why: why?.message });
}

function imagesOf({ pages, described }: Chain, onNote: OpenOptions['onNote']): readonly ImageOfFile[] {
  if (described?.[0]?.pages !== undefined) {
    const images = described.map((one) => ({ described: one, pages: pagesOf(one, pages) }));
    requireAllDescribed(described, pages);
    return images;
  }
  const sections = pages.filter(({ marked }) => !marked);
  const taken = sections.length > 0 ? sections : pages;
  if (taken.length < pages.length) {
    const passed = pages.flatMap(({ marked }, i) => (marked ? [i] : []));
    onNote?.(`Pages that are marked as smaller copies, thumbnails or masks are passed over: ${numbers(passed)}.`);
  }
  const groups = new Map<string, ChainPage[]>();
  for (const page of taken) {
    const key = `${page.kind}, ${page.series}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [page]);
    else group.push(page);
  }
  return [...groups.values()].map((group, i) => ({ pages: group, described: i === 0 ? described?.[0] : undefined }));
}

/** A damaged or older description would leave out sections without a word. */
function requireAllDescribed(described: readonly DescribedImage[], chain: readonly ChainPage[]): void {
  const known = new Set(described.flatMap(({ pages }) => pages ?? []));
  const left = chain.flatMap(({ marked }, i) => (marked || known.has(i) ? [] : [i]));
  if (left.length === 0) return;
  throw new InvalidImageError(
    `${capital(described[0]?.source ?? '')} says nothing of page ${numbers(left)}, of the ${chain.length} that the file has. ` +
      'Copy the file again, or save the stack again as a plain TIFF (in Fiji: File > Save As > Tiff).',
  );
}

/** The pages of an image whose description says which they are, plane by plane. */
function pagesOf({ source, pages: places = [] }: DescribedImage, chain: readonly ChainPage[]): readonly ChainPage[] {
  return places.map((place, plane) => {
    const page = place === undefined ? undefined : chain[place];
    if (page !== undefined) return page;
    const where = place === undefined ? 'in no page' : `in page ${place + 1}, of the ${chain.length} that the file has`;
    throw new InvalidImageError(
      `${capital(source)} says that the image has ${places.length} planes, and that plane ${plane + 1} lies ${where}. Copy the ` +
        'file again, or save the stack again as a plain TIFF (in Fiji: File > Save As > Tiff).',
    );
  });
}

function imageName({ pages, described }: ImageOfFile): string {
  const name = described?.name === undefined ? '' : `${described.name}, `;
  const kinds = new Set(pages.map(({ kind }) => kind));
  return `${name}${pages.length} page${pages.length === 1 ? '' : 's'} of ${[...kinds].slice(0, 2).join(' or ')}`;
}

/** Pages by their numbers from 1. */
function numbers(places: readonly number[]): string {
  const shown = places
    .slice(0, 10)
    .map((place) => place + 1)
    .join(', ');
  return places.length > 10 ? `${shown} ... (${places.length} pages)` : shown;
}
