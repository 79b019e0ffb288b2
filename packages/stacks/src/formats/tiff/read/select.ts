import { InvalidImageError, InvalidOptionError } from '@dilated-unet/core';
import type { OpenOptions, StackSelection } from '../../../options.ts';
import { planeCount, type DescribedImage, type PlaneAxis } from './description/described.ts';
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
export function selectImage(chain: Chain, { image, onNote }: OpenOptions): ImageOfFile {
  const images = imagesOf(chain, onNote);
  if (image !== undefined) {
    const chosen = images[image - 1];
    if (chosen === undefined) throw new InvalidOptionError('image', `must be ${range(images.length, 'image')}`, image);
    return chosen;
  }
  if (images.length === 1) return images[0] as ImageOfFile;
  const why = images
    .flatMap((one) => one.pages.map(({ page }) => page))
    .find((page) => page instanceof InvalidImageError);
  const named = images.slice(0, 10).map((one, i) => `${i + 1}: ${imageName(one)}`);
  throw new InvalidImageError(
    `The file has ${images.length} images: ${named.join('; ')}${images.length > 10 ? ' ...' : ''}. Choose one with ` +
      `\`image\`, or save the stack that is meant apart.${why === undefined ? '' : ` ${why.message}`}`,
  );
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
    groups.set(key, [...(groups.get(key) ?? []), page]);
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
    const where = place === undefined ? 'in no page' : `in page ${place}, of the ${chain.length} that the file has`;
    throw new InvalidImageError(
      `${capital(source)} says that the image has ${places.length} planes, and that plane ${plane} lies ${where}. Copy the ` +
        'file again, or save the stack again as a plain TIFF (in Fiji: File > Save As > Tiff).',
    );
  });
}

/**
 * The planes of `image` that are sections, in order of z, counted from 0 in the order of its description.
 *
 * @param count planes that the file has.
 * @throws InvalidImageError where there are several channels or times and none is chosen; InvalidOptionError where there is
 *   no such one.
 */
export function selectPlanes(
  described: DescribedImage | undefined,
  count: number,
  selection: StackSelection,
): readonly number[] {
  const sizes: DescribedImage['sizes'] =
    described !== undefined && planeCount(described) === count ? described.sizes : [['z', count]];
  requireCount(described, count);
  let first = 0;
  let step = 1;
  let z = { size: 1, step: 1 };
  for (const [axis, size] of sizes) {
    if (axis === 'z') z = { size, step };
    else first += step * placeOn(axis, size, selection[axis], described, sizes);
    step *= size;
  }
  for (const axis of ['channel', 'time'] as const) {
    if (!sizes.some(([known]) => known === axis)) placeOn(axis, 1, selection[axis], described, sizes);
  }
  return Array.from({ length: z.size }, (_, i) => first + i * z.step);
}

/** A description that a program kept when it took pages away: harmless where it spoke of sections alone. */
function requireCount(described: DescribedImage | undefined, count: number): void {
  if (described === undefined || planeCount(described) === count) return;
  if (described.sizes.every(([axis, size]) => axis === 'z' || size === 1)) return;
  throw new InvalidImageError(
    `${capital(described.source)} says that there are ${sizesText(described)}, but the file has ${count} pages, so that it ` +
      'is not known which are sections. Save the stack that is meant again (in Fiji: File > Save As > Tiff).',
  );
}

function placeOn(
  axis: 'channel' | 'time',
  size: number,
  chosen: number | undefined,
  described: DescribedImage | undefined,
  sizes: DescribedImage['sizes'],
): number {
  if (chosen !== undefined) {
    if (Number.isInteger(chosen) && chosen >= 1 && chosen <= size) return chosen - 1;
    throw new InvalidOptionError(axis, `must be ${range(size, axis)}`, chosen);
  }
  if (size === 1) return 0;
  const names = axis === 'channel' ? described?.channelNames?.slice(0, 10) : undefined;
  const named = names?.map((name, i) => `${i + 1}${name === undefined ? '' : ` (${name})`}`).join(', ');
  const exchange = sizes.every(([other, many]) => other !== 'z' || many === 1)
    ? ` If they are the sections, exchange them with the slices (in Fiji: Image > Properties), and save the stack again.`
    : '';
  throw new InvalidImageError(
    `There are ${sizesText({ sizes })}, as ${described?.source ?? 'the file'} says. Choose one ${axis} with \`${axis}\`: ` +
      `${named ?? range(size, axis)}.${exchange}`,
  );
}

const PLURALS: Readonly<Record<PlaneAxis, string>> = { channel: 'channels', z: 'sections', time: 'times' };
const SINGULARS: Readonly<Record<PlaneAxis, string>> = { channel: 'channel', z: 'section', time: 'time' };

function sizesText({ sizes }: Pick<DescribedImage, 'sizes'>): string {
  return sizes
    .filter(([axis, size]) => size > 1 || axis === 'z')
    .map(([axis, size]) => `${size} ${(size === 1 ? SINGULARS : PLURALS)[axis]}`)
    .join(' and ');
}

function range(count: number, what: string): string {
  return count === 1 ? `1, since there is one ${what}` : `from 1 to ${count}`;
}

function imageName({ pages, described }: ImageOfFile): string {
  const name = described?.name === undefined ? '' : `${described.name}, `;
  const kinds = new Set(pages.map(({ kind }) => kind));
  return `${name}${pages.length} page${pages.length === 1 ? '' : 's'} of ${[...kinds].slice(0, 2).join(' or ')}`;
}

function numbers(places: readonly number[]): string {
  const shown = places.slice(0, 10).join(', ');
  return places.length > 10 ? `${shown} ... (${places.length} pages)` : shown;
}

function capital(text: string): string {
  return `${text[0]?.toUpperCase()}${text.slice(1)}`;
}
