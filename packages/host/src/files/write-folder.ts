import { mkdir, readdir, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { InvalidOptionError, isDilatedUnetError } from '@dilated-unet/core';
import { isLitter } from './litter.ts';
import { removeAbandoned, unfinishedName } from './unfinished-files.ts';
import { notWritten, requireRoom, syncFolder } from './write-file.ts';

/** A kind of folder that may be replaced by a new one of its kind. */
export interface Replaceable {
  /** For messages: `an OME-Zarr`. */
  readonly what: string;
  /** The file that each of them has. */
  readonly mark: string;
  /** Whether a file or folder of that name is one of its own; where there is another, nothing is replaced. */
  readonly owns: (name: string) => boolean;
}

/**
 * Makes a folder so that its name never stands for a part of it: a temporary folder beside it is filled and renamed, and the
 * renaming is flushed. A folder that is replaced gives way only then; for a moment between two renamings there is none. A
 * link stays a link, and what file managers put into the folder stays in it. What a killed process of this machine and container
 * left of the same folder is removed.
 *
 * @param write fills the folder that it is given, and flushes each file; the names in it are flushed here.
 * @param replaces what may be at `path`, beside an empty folder. @default nothing
 * @throws what `requireNewFolder` and `write` throw, EnvironmentError when the disk is full or the place cannot be written;
 * nothing new is left then, and what was there stays.
 */
export async function createFolder<T>(
  path: string,
  write: (folder: string) => Promise<T>,
  replaces?: Replaceable,
): Promise<T> {
  await requireNewFolder(path, 'path', replaces);
  const place = await realpath(path).catch(() => resolve(path));
  const temporary = unfinishedName(place);
  try {
    await removeAbandoned(place);
    await mkdir(temporary);
    const result = await write(temporary);
    await syncFolders(temporary);
    await moveTo(place, temporary, replaces);
    return result;
  } catch (cause) {
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    if (isDilatedUnetError(cause) || (cause as NodeJS.ErrnoException).syscall === undefined) throw cause;
    throw notWritten(path, cause);
  }
}

/**
 * Checks, before any work is done, that a folder can be made at `path`: nothing is there, or a folder that is empty or may be
 * replaced; what file managers put there does not count.
 *
 * @param option how the message names the path.
 * @param replaces as in `createFolder`.
 * @throws InvalidOptionError when something else is there, the folder above it does not exist or the name is too long;
 * EnvironmentError when that folder is not writable, or the one at `path` cannot be read.
 */
export async function requireNewFolder(path: string, option = 'path', replaces?: Replaceable): Promise<void> {
  const there = await requireRoom(path, option);
  if (there === undefined) return;
  const name = basename(resolve(path));
  if (!there.isDirectory()) {
    throw new InvalidOptionError(option, `must name a folder, and ${name} is a file; choose another name`, path);
  }
  const names = await readdir(path).catch((cause: unknown) => {
    throw notWritten(path, cause);
  });
  if (givesWay(names, replaces)) return;
  const meant = names.filter(isMeant);
  const foreign = meant.find((name) => replaces?.owns(name) !== true) ?? meant[0];
  const kinds = replaces === undefined ? '' : `, or ${replaces.what}, which is replaced`;
  const rule = `must be a new folder or an empty one${kinds}; choose another name, or empty it (it has ${foreign})`;
  throw new InvalidOptionError(option, rule, path);
}

const isMeant = (name: string): boolean => !isLitter(name);

/** Whether a folder of `names` is empty, or one that may be replaced; of what file managers put there, it may have any. */
function givesWay(names: readonly string[], replaces: Replaceable | undefined): boolean {
  const meant = names.filter(isMeant);
  if (meant.length === 0) return true;
  return replaces !== undefined && meant.includes(replaces.mark) && meant.every((name) => replaces.owns(name));
}

/** Only what may be replaced is moved away: if other files came meanwhile, the renaming fails. */
async function moveTo(place: string, temporary: string, replaces: Replaceable | undefined): Promise<void> {
  const names = await readdir(place).catch(() => []);
  // An empty folder is replaced by the renaming itself.
  const isMoved = names.length > 0 && givesWay(names, replaces);
  const former = unfinishedName(place);
  if (isMoved) await rename(place, former);
  try {
    await rename(temporary, place);
  } catch (error) {
    if (isMoved) await rename(former, place);
    throw error;
  }
  await syncFolder(dirname(place));
  if (!isMoved) return;
  const kept = names.filter(isLitter).map((name) => rename(join(former, name), join(place, name)));
  const isKept = (await Promise.allSettled(kept)).every(({ status }) => status === 'fulfilled');
  // What cannot be removed now, as a file that NFS keeps while it is open, goes when the folder is made again.
  if (isKept) await rm(former, { recursive: true, force: true }).catch(() => undefined);
}

async function syncFolders(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) await syncFolder(join(entry.parentPath, entry.name));
  }
  await syncFolder(folder);
}
