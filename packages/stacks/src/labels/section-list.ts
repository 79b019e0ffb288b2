import { InvalidOptionError } from '@dilated-unet/core';

/** Numbers from 1 and ranges of them, for example `2,5-9`. */
export const SECTION_LIST = /^[1-9]\d{0,8}(-[1-9]\d{0,8})?(,[1-9]\d{0,8}(-[1-9]\d{0,8})?)*$/;

/**
 * The places, from 0, of the sections that a list names.
 *
 * @param field how messages name the list. @param text as `SECTION_LIST`. @param depth sections of the stack.
 * @throws InvalidOptionError where it is no such list, or names a section that the stack has not.
 */
export function listedSections(field: string, text: string, depth: number): ReadonlySet<number> {
  const rule = `must be numbers from 1 to ${depth}, the sections of the stack, and ranges of them, for example 2,5-9`;
  if (!SECTION_LIST.test(text)) throw new InvalidOptionError(field, rule, text);
  const places = new Set<number>();
  for (const range of text.split(',')) {
    const [first, last = first] = range.split('-').map(Number) as [number, number?];
    if (first > last || last > depth) throw new InvalidOptionError(field, rule, text);
    for (let z = first - 1; z < last; z++) places.add(z);
  }
  return places;
}
