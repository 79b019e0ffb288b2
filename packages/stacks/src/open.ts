import { InvalidImageError } from '@dilated-unet/core';
import type { FilePlace, FolderPlace, Place, StackFormat } from './formats/format.ts';
import { withIds } from './ids.ts';
import type { OpenOptions } from './options.ts';
import { FORMATS } from './formats/index.ts';
import type { StackSource } from './source.ts';
import { withName } from './with-name.ts';

/**
 * Opens the stack at `place`, whatever its format: what a file is, is told from its first bytes, and what a folder is from
 * the files in it, not from its name.
 * `formats` is the table of formats that may be recognised (default: {@link FORMATS}).
 *
 * @throws InvalidImageError, beginning with the name of the file, when it is of no format of the table or damaged; what
 * reading throws begins so too.
 */
export async function openPlace(
  place: Place,
  { formats = FORMATS, ...given }: OpenOptions & { readonly formats?: readonly StackFormat[] } = {},
): Promise<StackSource> {
  const options = withIds(given);
  if (place.kind === 'file') return openFile(place, formats, options);
  if (place.kind === 'folder') return openFolder(place, formats, options);
  try {
    return await openFile(place.file, formats, options);
  } catch (error) {
    // A server answers for a folder as it likes: with an error, or with a page that lists it.
    if (!(error instanceof InvalidImageError)) throw error;
    const source = await openKnownFolder(place.folder, formats, options);
    if (source === undefined) throw error;
    return source;
  }
}

async function openFolder(
  place: FolderPlace,
  formats: readonly StackFormat[],
  options: OpenOptions,
): Promise<StackSource> {
  const source = await openKnownFolder(place, formats, options);
  if (source !== undefined) return source;
  throw new InvalidImageError(
    `${place.name} has no sections: no file in it ends in .png, .tif, .tiff, .tf2, .tf8 or .btf, nor is it an OME-Zarr ` +
      '(zarr.json, .zattrs). Name the folder that has them, or save them in one of these formats under such a name.',
  );
}

/** The stack in the folder; undefined where it is of no format of the table. */
async function openKnownFolder(
  place: FolderPlace,
  formats: readonly StackFormat[],
  options: OpenOptions,
): Promise<StackSource | undefined> {
  const known = formats.filter((entry) => entry.kind === 'folder');
  const names = await place.list(known.flatMap(({ marks }) => marks), options); // prettier-ignore
  const format = known.find((entry) => entry.recognises(names));
  if (format === undefined) return undefined;
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
      throw new InvalidImageError(
        `${name} ${what}. Pass a grey image or stack: a TIFF, a PNG, a folder of them or an OME-Zarr.`,
      );
    }
    const onNote = (note: string): void => say(note, name);
    const source = await withName(name, () => format.open(bytes, { ...options, onNote }));
    return { ...source, read: (...request) => withName(name, () => source.read(...request)) };
  } catch (error) {
    await bytes.close?.();
    throw error;
  }
}
