import type { Stats } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { isLitter } from '@dilated-unet/host';
import { addressText } from '../address.ts';
import type { Place } from '../formats/format.ts';
import { sectionNames } from '../formats/sections.ts';
import { ZARR } from '../formats/zarr/format.ts';
import { urlPlace } from '../url-place.ts';
import { filePlace, folderPlace } from './folder.ts';

/**
 * What `where` names: a file, a folder, the files of a folder that a pattern such as `slices/s*.png` matches, or what lies at an
 * http or https address.
 */
export async function placeOf(where: string): Promise<Place> {
  if (isUrl(where)) return urlPlace(where);
  const status = await stat(where).catch(() => undefined);
  const named = filesNamed(where, status);
  return named === undefined ? filePlace(where, status) : folderPlace(where, named.folder, named.wanted);
}

/** Which files of which folder `where` names; undefined where it names one file. */
function filesNamed(
  where: string,
  status: Stats | undefined,
): { readonly folder: string; readonly wanted: RegExp } | undefined {
  if (status?.isDirectory() === true) return { folder: where, wanted: /^/ };
  const pattern = path.basename(where);
  if (status !== undefined || !/[*?]/.test(pattern)) return undefined;
  return { folder: path.dirname(where), wanted: matcher(pattern) };
}

/** Whether `where` is an http or https address. */
export function isUrl(where: string): boolean {
  return /^https?:\/\//i.test(where);
}

/** `where` as messages and records name it: of an address, without what may be secret. */
export function placeText(where: string): string {
  return isUrl(where) ? addressText(where) : where;
}

/** `where` as an absolute path, relative ones against the folder `cwd`; an address stays as it is. */
export function stackPath(cwd: string, where: string): string {
  return isUrl(where) ? where : path.resolve(cwd, where);
}

/**
 * The files that the stack at `where` is made of, in order of z, of an OME-Zarr in order of their paths and without what file
 * managers put there; none where there is none, or where it is not on a disk.
 */
export async function stackFiles(where: string): Promise<string[]> {
  const place = await placeOf(where);
  if (place.kind === 'file') return (await stat(where).catch(() => undefined)) === undefined ? [] : [where];
  return (await isZarr(place)) ? filesBelow(where) : sectionFiles(where);
}

/** The files of the folder of sections at `where`, or of those that a pattern names, in order of z; none where it is no such folder. */
export async function sectionFiles(where: string): Promise<string[]> {
  const place = await placeOf(where);
  if (place.kind !== 'folder' || (await isZarr(place))) return [];
  return sectionNames(await place.list([]).catch(() => [])).map((name) => place.file(name).name);
}

/**
 * The folder of the stack at `where` of which a file at `target` would become a part: that of an OME-Zarr, or of sections where it has
 * the name of one. Undefined where it would be none.
 *
 * @param target need not be there.
 */
export async function folderTaking(where: string, target: string): Promise<string | undefined> {
  const place = await placeOf(where);
  const named = isUrl(where) ? undefined : filesNamed(where, await stat(where).catch(() => undefined));
  if (place.kind !== 'folder' || named === undefined) return undefined;
  const [folder, file] = await Promise.all([realPath(named.folder), realPath(target)]);
  if (await isZarr(place)) return file.startsWith(folder + path.sep) ? named.folder : undefined;
  const name = path.basename(file);
  const isSection = path.dirname(file) === folder && named.wanted.test(name) && sectionNames([name]).length > 0;
  return isSection ? named.folder : undefined;
}

/** Without links, also of what is not there in a folder that is. */
async function realPath(where: string): Promise<string> {
  const folder = path.dirname(path.resolve(where));
  return realpath(where).catch(async () =>
    path.join(await realpath(folder).catch(() => folder), path.basename(path.resolve(where))),
  );
}

async function isZarr(place: Place): Promise<boolean> {
  return place.kind === 'folder' && ZARR.recognises(await place.list([]).catch(() => []));
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => !path.relative(folder, file).split(path.sep).some(isLitter))
    .sort();
}

/** `*` stands for any characters and `?` for one, in the name of the file. */
function matcher(pattern: string): RegExp {
  const escaped = pattern.replace(/[\\^$.+()[\]{}|]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`);
}
