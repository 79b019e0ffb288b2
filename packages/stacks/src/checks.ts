import { InvalidImageError, section, type GreyData, type GreyStack } from '@dilated-unet/core';

/** Ranges of sections that a message names at most. */
const NAMED_RANGES = 6;

/**
 * Sections as messages name them, counted from 1: `section 2`, `sections 2 to 4, 7 and 9`.
 *
 * @param places from 0, in rising order, at least one.
 */
export function sectionsText(places: readonly number[]): string {
  const ranges: [first: number, last: number][] = [];
  for (const z of places) {
    const range = ranges.at(-1);
    if (range?.[1] === z - 1) range[1] = z;
    else ranges.push([z, z]);
  }
  const named = ranges
    .slice(0, NAMED_RANGES)
    .flatMap(([first, last]) =>
      last - first > 1 ? [`${first + 1} to ${last + 1}`] : [...new Set([first, last])].map((z) => String(z + 1)),
    );
  if (ranges.length > NAMED_RANGES) named.push(`${places.length} in all`);
  const [last] = named.splice(-1);
  const text = named.length === 0 ? last : `${named.join(', ')} and ${last}`;
  return `section${places.length === 1 ? '' : 's'} ${text}`;
}

/** The places of the sections of `stack`, from 0, for which `is` holds. */
export function sectionsWhere(stack: GreyStack, is: (values: GreyData) => boolean): readonly number[] {
  return Array.from({ length: stack.depth }, (_, z) => z).filter((z) => is(section(stack, z).data));
}

/** @param name how messages name the stack, such as its path. @throws InvalidImageError saying where a value is not finite. */
export function requireFinite({ data, width, height }: GreyStack, name: string): void {
  if (!(data instanceof Float32Array)) return;
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return;
  const z = Math.floor(bad / (width * height));
  const y = Math.floor(bad / width) % height;
  throw notFinite(name, data[bad] as number, { x: bad % width, y, z });
}

/** The error of a grey value that is not finite. @param name how messages name the images. @param at its column, row and section, from 0. */
export function notFinite(
  name: string,
  value: number,
  { x, y, z }: { readonly x: number; readonly y: number; readonly z: number },
): InvalidImageError {
  return new InvalidImageError(
    `${name}: the grey value at x ${x}, y ${y} of section ${z + 1} is ${value}. Replace such pixels by numbers, or leave the ` +
      'section out.',
  );
}

/**
 * @param name how messages name the images, such as their path. @param ignored 1 at pixels whose labels do not count; null: all do.
 * @throws InvalidImageError naming the sections with pixels that count in which every pixel has the same grey value: nothing can be
 * learnt from them, and a network that is trained on nothing else predicts nothing.
 */
export function requireContrast(images: GreyStack, name: string, ignored: Uint8Array | null = null): void {
  const size = images.width * images.height;
  const isCounted = (z: number): boolean => ignored?.subarray(z * size, (z + 1) * size).includes(0) ?? true;
  const blank = sectionsWhere(images, (values) => values.every((value) => value === values[0])).filter(isCounted);
  if (blank.length === 0) return;
  const values = new Set(blank.map((z) => section(images, z).data[0]));
  const one = values.size === 1 ? `the grey value ${[...values][0]}` : 'one grey value a section';
  const advice =
    blank.length === images.depth
      ? 'Look at the file, and save the images again.'
      : 'Leave such sections out of the images and of the labels. To pass over them, name them in `ignoreSections`.';
  throw new InvalidImageError(`${name}: every pixel of ${sectionsText(blank)} has ${one}. ${advice}`);
}
