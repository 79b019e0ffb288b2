import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, open, realpath, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { EnvironmentError, InvalidOptionError, isDilatedUnetError } from '@dilated-unet/core';
import { reason } from './read-bytes.ts';

/**
 * Writes a file whole or not at all: `write` fills a temporary file in the same folder, which then takes the name
 * `target`. When `write` or the disk fails, the temporary file is removed and what was at `target` stays.
 *
 * @param write appends to the file.
 * @throws EnvironmentError when the disk is full or the folder cannot be written, InvalidOptionError when `target` is
 * not a place for a file, and what `write` throws.
 */
export async function replaceFile<T>(target: string, write: (file: FileHandle) => Promise<T>): Promise<T> {
  await requireWritable(target);
  // A link stays a link: the file that it leads to is replaced.
  const place = await realpath(target).catch(() => path.resolve(target));
  const temporary = path.join(path.dirname(place), `.${path.basename(place)}.${randomUUID()}.part`);
  try {
    const file = await open(temporary, 'wx');
    let result: T;
    try {
      result = await write(file);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, place);
    return result;
  } catch (cause) {
    await rm(temporary, { force: true });
    if (isDilatedUnetError(cause) || (cause as NodeJS.ErrnoException).syscall === undefined) throw cause;
    throw new EnvironmentError(`${target} cannot be written: ${reason(cause)}. Nothing was left there.`, { cause });
  }
}

/**
 * Checks, before any work is done, that a file can be written at `target`.
 *
 * @param option how the message names the target.
 * @throws InvalidOptionError when the folder does not exist, or something is at `target` that is not a file;
 * EnvironmentError when the folder is not writable.
 */
export async function requireWritable(target: string, option = 'path'): Promise<void> {
  const there = await stat(target).catch(() => undefined);
  if (there !== undefined && !there.isFile()) {
    const what = there.isDirectory() ? 'a folder' : 'a device or pipe';
    throw new InvalidOptionError(option, `must name a file, and this is ${what}`, target);
  }
  const folder = path.dirname(path.resolve(target));
  if (!(await stat(folder).catch(() => undefined))?.isDirectory()) {
    throw new InvalidOptionError(option, 'must be in a folder that exists; make the folder first', target);
  }
  await access(folder, constants.W_OK).catch((cause: unknown) => {
    throw new EnvironmentError(`${target} cannot be written: ${reason(cause)}. Choose another folder.`, { cause });
  });
}
