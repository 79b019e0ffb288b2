import { InvalidPackageError } from '@dilated-unet/core';

/** Longest name that is taken, characters. */
const LONGEST = 255;

/**
 * Whether `name` can be that of a file in a package: relative, with `/` between folders, and the same wherever it is unpacked. So
 * no `..`, no drive, address, backslash, percent or control character, which some program reads as another path.
 */
export function isFileName(name: string): boolean {
  return (
    name.length <= LONGEST &&
    // eslint-disable-next-line no-control-regex
    !/[\x00-\x1f\x7f\\%:]/.test(name) &&
    name.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
  );
}

/**
 * Requires that `name` is that of a file in the package.
 *
 * @param field that has the name.
 * @throws InvalidPackageError
 */
export function requireFileName(name: string, field: string): void {
  if (isFileName(name)) return;
  throw new InvalidPackageError(field, 'must name a file of the package by a plain relative path', name);
}
