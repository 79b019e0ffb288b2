import { InvalidImageError, InvalidOptionError } from '@dilated-unet/core';
import type { OpenOptions } from './options.ts';

/** The axes along which the planes of an image lie. */
export type PlaneAxis = 'channel' | 'z' | 'time';

/** What a file says of the planes of an image. */
export interface DescribedPlanes {
  /** What says it, for messages: `the ImageJ description`. */
  readonly source: string;
  /** Size of each axis, the one that varies fastest from plane to plane first. */
  readonly sizes: readonly (readonly [axis: PlaneAxis, size: number])[];
  /** Names of the channels, where they have some; a channel of several samples a pixel has one. */
  readonly channelNames?: readonly (string | undefined)[] | undefined;
  /** Whether programs that write the file often take sections for channels or times. @default true */
  readonly mayExchange?: boolean | undefined;
}

/** Samples of a pixel. */
export interface PlaneSamples {
  readonly count: number;
  /** What each of them is, where they make up a picture. */
  readonly names?: readonly string[] | undefined;
}

const ONE: PlaneSamples = { count: 1 };

/** How many planes an image has. */
export function planeCount({ sizes }: Pick<DescribedPlanes, 'sizes'>): number {
  return sizes.reduce((count, [, size]) => count * size, 1);
}

/**
 * The one of the images of a file or folder that is meant.
 *
 * @param nameOf an image, for messages.
 * @param where.why there are several, for messages, where that is known.
 * @throws InvalidImageError where there are several and none is chosen, InvalidOptionError where there is no such one.
 */
export function selectOne<T>(
  images: readonly T[],
  nameOf: (image: T) => string,
  { image, labels }: OpenOptions,
  { of, why }: { readonly of: 'file' | 'folder'; readonly why?: string | undefined },
): T {
  if (image !== undefined) {
    const chosen = images[image - 1];
    if (chosen === undefined) throw new InvalidOptionError('image', `must be ${range(images.length, 'image')}`, image);
    return chosen;
  }
  if (images.length === 1) return images[0] as T;
  const named = images.slice(0, 10).map((one, i) => `${i + 1}: ${nameOf(one)}`);
  throw new InvalidImageError(
    `The ${of} has ${images.length} images: ${named.join('; ')}${images.length > 10 ? ' ...' : ''}. ` +
      `${labels === true ? 'Save' : 'Choose one with `image`, or save'} the one that is meant as a ${of} of its own.` +
      `${why === undefined ? '' : ` ${why}`}`,
  );
}

/** @throws InvalidOptionError when a scale other than the full one is asked of what has one. */
function requireOneLevel({ level }: OpenOptions): void {
  if (level === undefined || level === 0) return;
  throw new InvalidOptionError('level', 'must be 0, since there is one scale (OME-Zarr has several)', level);
}

/**
 * The plane of each section, both counted from 0, planes in the order of the description; and the sample of their pixels. Samples are channels, which vary before those of the description, as in OME.
 *
 * @param count planes that the file has.
 * @throws InvalidImageError where there are several channels or times and none is chosen; InvalidOptionError where there is
 *   no such one.
 */
export function selectPlanes(
  described: DescribedPlanes | undefined,
  count: number,
  samples: PlaneSamples,
  options: OpenOptions,
): { readonly depth: number; readonly planeOf: (z: number) => number; readonly sample: number } {
  requireOneLevel(options);
  const planeSizes: DescribedPlanes['sizes'] =
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
function requireCount(described: DescribedPlanes | undefined, count: number): void {
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
  described: DescribedPlanes | undefined,
  sizes: DescribedPlanes['sizes'],
  samples: PlaneSamples = ONE,
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
  const mayBeSections =
    described?.mayExchange !== false &&
    samples.count === 1 &&
    sizes.every(([other, many]) => other !== 'z' || many === 1);
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
  names: DescribedPlanes['channelNames'] = [],
  { count, names: sampleNames }: PlaneSamples,
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

function sizesText({ sizes }: Pick<DescribedPlanes, 'sizes'>): string {
  return sizes
    .filter(([axis, size]) => size > 1 || axis === 'z')
    .map(([axis, size]) => `${size} ${(size === 1 ? SINGULARS : PLURALS)[axis]}`)
    .join(' and ');
}

function range(count: number, what: string): string {
  return count === 1 ? `1, since there is one ${what}` : `from 1 to ${count}`;
}

/** `text` with a capital letter. */
export function capital(text: string): string {
  return `${text[0]?.toUpperCase()}${text.slice(1)}`;
}
