import { InvalidImageError } from '@dilated-unet/core';
import type { FilePlace, Place, StackFormat } from './formats/format.ts';
import type { OpenOptions } from './options.ts';
import { FORMATS } from './formats/index.ts';
import type { StackSource } from './source.ts';

/**
 * Opens the stack at `place`, whatever its format: what a file is, is told from its first bytes, not from its name.
 * `formats` is the table of formats that may be recognised (default: {@link FORMATS}).
 *
 * @throws InvalidImageError, beginning with the name of the file, when it is of no format of the table or damaged; what
 * reading throws begins so too.
 */
export async function openPlace(
  place: Place,
  { formats = FORMATS, ...options }: OpenOptions & { readonly formats?: readonly StackFormat[] } = {},
): Promise<StackSource> {
  if (place.kind === 'file') return openFile(place, formats, options);
  const names = await place.list();
  const format = formats.filter((entry) => entry.kind === 'folder').find((entry) => entry.recognises(names));
  if (format === undefined) {
    throw new InvalidImageError(
      `${place.name} has no sections: no file in it ends in .png, .tif, .tiff, .tf2, .tf8 or .btf. Name the folder that has ` +
        'them, or save them in one of these formats under such a name.',
    );
  }
  // Each file is opened to be checked and again to be read, and what is remarked of one is often true of all.
  const said = new Set<string>();
  const say = (note: string, name: string): void => {
    if (!said.has(note)) options.onNote?.(`${name}: ${note} This is said once for all files of ${place.name}.`);
    said.add(note);
  };
  return format.open(place, (file, { signal }) => openFile(file, formats, { ...options, signal }, say), options);
}

async function openFile(
  place: FilePlace,
  formats: readonly StackFormat[],
  options: OpenOptions,
  say = (note: string, name: string): void => options.onNote?.(`${name}: ${note}`),
): Promise<StackSource> {
  const { name } = place;
  const bytes = await place.open(options);
  try {
    const known = formats.filter((entry) => entry.kind === 'file');
    const start = await bytes.slice(0, Math.min(16, bytes.byteLength), options);
    const format = known.find((entry) => entry.recognises(start));
    if (format === undefined) {
      const what = start.length === 0 ? 'is empty' : `is neither ${known.map((entry) => entry.name).join(' nor ')}`;
      throw new InvalidImageError(`${name} ${what}. Pass a grey image or stack: a TIFF, a PNG or a folder of them.`);
    }
    const onNote = (note: string): void => say(note, name);
    const source = await withName(name, () => format.open(bytes, { ...options, onNote }));
    return { ...source, read: (...request) => withName(name, () => source.read(...request)) };
  } catch (error) {
    await bytes.close?.();
    throw error;
  }
}

/** What `action` gives; its errors about the image say which file it is. */
async function withName<T>(name: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    if (!(cause instanceof InvalidImageError)) throw cause;
    throw new InvalidImageError(`${name}: ${cause.message}`, { cause });
  }
}
