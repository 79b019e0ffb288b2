import { mkdir, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { InvalidOptionError, isDilatedUnetError } from '@dilated-unet/core';
import { removeAbandoned, unfinishedName } from './unfinished-files.ts';
import { notWritten, requireRoom, syncFolder } from './write-file.ts';

/**
 * Makes a folder so that its name never stands for a part of it: a temporary folder beside it is filled and renamed, and the
 * renaming is flushed. What a killed process of this machine left of the same folder is removed.
 *
 * @param write fills the folder that it is given, and flushes each file.
 * @throws what `requireNewFolder` and `write` throw, EnvironmentError when the disk is full or the place cannot be written;
 * nothing is left then.
 */
export async function createFolder<T>(path: string, write: (folder: string) => Promise<T>): Promise<T> {
  await requireNewFolder(path);
  const place = await realpath(path).catch(() => resolve(path));
  const temporary = unfinishedName(place);
  try {
    await removeAbandoned(place);
    await mkdir(temporary);
    const result = await write(temporary);
    await syncFolder(temporary);
    await rename(temporary, place);
    await syncFolder(dirname(place));
    return result;
  } catch (cause) {
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    if (isDilatedUnetError(cause) || (cause as NodeJS.ErrnoException).syscall === undefined) throw cause;
    throw notWritten(path, cause);
  }
}

/**
 * Checks, before any work is done, that a folder can be made at `path`: nothing is there, or a folder that is empty.
 *
 * @param option how the message names the path.
 * @throws InvalidOptionError when something is there, the folder above it does not exist or the name is too long;
 * EnvironmentError when that folder is not writable.
 */
export async function requireNewFolder(path: string, option = 'path'): Promise<void> {
  await requireRoom(path, option);
  const there = await stat(path).catch(() => undefined);
  if (there === undefined) return;
  const name = basename(resolve(path));
  if (!there.isDirectory()) {
    throw new InvalidOptionError(option, `must name a folder, and ${name} is a file; choose another name`, path);
  }
  if ((await readdir(path)).length === 0) return;
  throw new InvalidOptionError(option, 'must be a new folder or an empty one; choose another name, or empty it', path);
}
