import { InvalidOptionError, type Rectangle } from '@dilated-unet/core';
import type { PixelSize, StackOrigin, StackSource } from '@dilated-unet/stacks';
import { InvalidArgumentError, Option } from 'commander';

/** Sections from `first` to `last`, both included, counted from 1. */
interface SectionRange {
  readonly first: number;
  readonly last: number;
}

/** What the flags below say. */
export interface PartJob {
  readonly sections?: readonly SectionRange[];
  readonly region?: Rectangle;
}

/** The flags that say which part of a stack is segmented. */
export function partFlags(): readonly Option[] {
  return [
    new Option('--sections <list>', 'which sections, from 1: 3-7, or 1,4,7-9 (default: all)').argParser(sectionRanges),
    new Option(
      '--region <x,y,width,height>',
      'which pixels of each section, from its upper left corner; they are what they are in the whole (default: all)',
    ).argParser(region),
  ];
}

/** A number, or a range of them; with spaces, as after a comma. */
const SECTIONS = /^\s*(?<from>\d{1,9})\s*(-\s*(?<to>\d{1,9})\s*)?$/;

function sectionRanges(text: string): readonly SectionRange[] {
  return text.split(',').map((part) => {
    const { from, to = from } = SECTIONS.exec(part)?.groups ?? {};
    const [first, last] = [Number(from), Number(to)];
    if (first >= 1 && last >= first) return { first, last };
    throw new InvalidArgumentError('It must be numbers from 1 and ranges of them, for example 3-7 or 1,4,7-9.');
  });
}

function region(text: string): Rectangle {
  const [x, y, width, height, ...more] = text.split(',').map(wholeNumber);
  if (x === undefined || y === undefined || !width || !height || more.length > 0) {
    throw new InvalidArgumentError('It must be four whole numbers of pixels, for example 1024,512,256,256.');
  }
  return { x, y, width, height };
}

function wholeNumber(text: string): number | undefined {
  return /^\s*\d{1,9}\s*$/.test(text) ? Number(text) : undefined;
}

/**
 * The places of the sections in a stack of `depth`, from 0, rising, each once; undefined where none is named.
 *
 * @throws InvalidOptionError when the stack has fewer.
 */
export function sectionPlaces(
  ranges: readonly SectionRange[] | undefined,
  depth: number,
): readonly number[] | undefined {
  if (ranges === undefined) return undefined;
  const beyond = ranges.find(({ last }) => last > depth);
  if (beyond !== undefined) {
    const rule =
      depth === 1 ? 'must be 1, since there is one section' : `must be from 1 to ${depth}, the sections of the stack`;
    throw new InvalidOptionError('sections', rule, beyond.last);
  }
  return Array.from({ length: depth }, (_, z) => z).filter((z) =>
    ranges.some(({ first, last }) => first <= z + 1 && z + 1 <= last),
  );
}

/** The size of a pixel in a stack of these sections alone: their distance, where it is the same between all of them. */
export function pixelSizeOf(
  pixelSize: PixelSize | undefined,
  places: readonly number[] | undefined,
): PixelSize | undefined {
  if (pixelSize?.z === undefined || places === undefined) return pixelSize;
  const { z, ...plane } = pixelSize;
  const step = places.length > 1 ? (places[1] as number) - (places[0] as number) : 1;
  const isEven = places.every((place, i) => i === 0 || place - (places[i - 1] as number) === step);
  return isEven ? { ...plane, z: z * step } : plane;
}

/**
 * Where the first pixel of `region` of section `first`, from 0, lies: in the space of the input.
 *
 * @param pixelSize that counts: where it is another than the input states, the input's own place has the same share of it.
 */
export function originOf(
  pixelSize: PixelSize | undefined,
  { pixelSize: stated, origin }: Pick<StackSource, 'pixelSize' | 'origin'>,
  { x, y }: Pick<Rectangle, 'x' | 'y'>,
  first: number,
): StackOrigin | undefined {
  if (pixelSize === undefined) return undefined;
  const along = (axis: 'z' | 'y' | 'x', places: number): number => {
    const [size, own] = [pixelSize[axis] ?? 0, stated?.[axis]];
    return size * places + (own === undefined ? 0 : (origin?.[axis] ?? 0) * (size / own));
  };
  return { ...(pixelSize.z !== undefined && { z: along('z', first) }), y: along('y', y), x: along('x', x) };
}
