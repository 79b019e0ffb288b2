import { InvalidImageError } from '@dilated-unet/core';

/**
 * The names of which `path`, the path of a file in a folder, consists.
 *
 * @throws InvalidImageError where it may lead out of the folder, or nowhere.
 */
export function innerNames(path: string): readonly string[] {
  const names = path.split('/');
  if (names.every((name) => name !== '' && name !== '.' && name !== '..' && !/[\\\0]/.test(name))) return names;
  throw new InvalidImageError(
    `the path ${JSON.stringify(path)} may lead out of the folder. A path must be names of folders and a file, joined by "/", ` +
      'without "." and "..". Get the data from a source that you trust.',
  );
}

/** What is wrong with a file in a folder that has more than `most` bytes. */
export function tooLong(most: number): string {
  return `the file has more than the ${most} bytes that it can need. Get the data again from where it was published.`;
}
