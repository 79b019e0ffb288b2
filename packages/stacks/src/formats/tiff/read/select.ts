import { InvalidImageError, InvalidOptionError } from '@dilated-unet/core';
import type { OpenOptions } from '../../../options.ts';
import { planeCount, type DescribedImage, type PlaneAxis } from './description/described.ts';
import type { Chain, ChainPage } from './pages.ts';
import { ONE_SAMPLE, type Samples } from './samples.ts';

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
export function selectImage(chain: Chain, { image, labels, onNote }: OpenOptions): ImageOfFile {
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
    `The file has ${images.length} images: ${named.join('; ')}${images.length > 10 ? ' ...' : ''}. ` +
      `${labels === true ? 'Save' : 'Choose one with `image`, or save'} the one that is meant as a file of its own.` +
      `${why === undefined ? '' : ` ${why.message}`}`,
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

/**
 * The plane of each section, both counted from 0, planes in the order of the description; and the sample of their pixels. Samples are channels, which vary before those of the description, as in OME.
 *
 * @param count planes that the file has.
 * @throws InvalidImageError where there are several channels or times and none is chosen; InvalidOptionError where there is
 *   no such one.
 */
export function selectPlanes(
  described: DescribedImage | undefined,
  count: number,
  samples: Samples,
  options: OpenOptions,
): { readonly depth: number; readonly planeOf: (z: number) => number; readonly sample: number } {
  const planeSizes: DescribedImage['sizes'] =
    described !== undefined && planeCount(described) === count ? described.sizes : [['z', count]];
  requireCount(described, count);
  const missing = (['channel', 'time'] as const).filter((axis) => !planeSizes.some(([known]) => known === axis));
  const axes = [...missing.map((axis) => [axis, 1] as const), ...planeSizes];
  const sizes = axes.map(([axis, size]) => [axis, axis === 'channel' ? size * samples.count : size] as const);
  let [first, step, sample] = [0, 1, 0];
  let z = { size: 1, step: 1 };
  for (const [axis, size] of axes) {
    if (axis === 'z') z = { size, step };
    else if (axis === 'time') first += step * placeOn(axis, size, options, described, sizes);
    else {
      const channel = placeOn(axis, size * samples.count, options, described, sizes, samples);
      first += step * Math.floor(channel / samples.count);
      sample = channel % samples.count;
    }
    step *= size;
  }
  return { depth: z.size, planeOf: (k) => first + k * z.step, sample };
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
  { [axis]: chosen, labels }: OpenOptions,
  described: DescribedImage | undefined,
  sizes: DescribedImage['sizes'],
  samples: Samples = ONE_SAMPLE,
): number {
  if (chosen !== undefined) {
    if (Number.isInteger(chosen) && chosen >= 1 && chosen <= size) return chosen - 1;
    throw new InvalidOptionError(axis, `must be ${range(size, axis)}`, chosen);
  }
  if (size === 1) return 0;
  const source = samples.count > 1 && size === samples.count ? 'the number of samples a pixel' : described?.source;
  const counted = `There are ${sizesText({ sizes })}, as ${source ?? 'the file'} says`;
  if (labels === true) {
    throw new InvalidImageError(
      `${counted}. Save the ${axis} that has the labels as a file of its own (in Fiji: Image > Duplicate).`,
    );
  }
  const named = axis === 'channel' ? channelsText(size, described?.channelNames, samples) : undefined;
  const mayBeSections = samples.count === 1 && sizes.every(([other, many]) => other !== 'z' || many === 1);
  const exchange = mayBeSections
    ? ` If they are the sections, exchange them with the slices (in Fiji: Image > Properties), and save the stack again.`
    : '';
  throw new InvalidImageError(
    `${counted}. Choose one ${axis} with \`${axis}\`: ${named ?? range(size, axis)}.${exchange}`,
  );
}

/** The channels by their numbers and names; undefined where they have no names. */
function channelsText(
  size: number,
  names: DescribedImage['channelNames'] = [],
  { count, names: sampleNames }: Samples,
): string | undefined {
  const texts = Array.from({ length: Math.min(size, 10) }, (_, channel) => {
    // A name is that of a sample, or that of all samples of a channel.
    const one = names.length === size ? names[channel] : names[Math.floor(channel / count)];
    const sample = names.length === size ? undefined : sampleNames?.[channel % count];
    const parts = [one, sample].filter((part) => part !== undefined);
    return { number: channel + 1, parts };
  });
  if (texts.every(({ parts }) => parts.length === 0)) return undefined;
  const named = texts.map(({ number, parts }) => `${number}${parts.length === 0 ? '' : ` (${parts.join(', ')})`}`);
  return `${named.join(', ')}${size > 10 ? ' ...' : ''}`;
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

/** Pages by their numbers from 1. */
function numbers(places: readonly number[]): string {
  const shown = places
    .slice(0, 10)
    .map((place) => place + 1)
    .join(', ');
  return places.length > 10 ? `${shown} ... (${places.length} pages)` : shown;
}

function capital(text: string): string {
  return `${text[0]?.toUpperCase()}${text.slice(1)}`;
}
