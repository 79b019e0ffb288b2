import { constants, type Stats } from 'node:fs';
import { access, open, readlink, realpath, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { EnvironmentError, InvalidOptionError, isDilatedUnetError } from '@dilated-unet/core';
import { reason } from './read-file.ts';
import { removeAbandoned, unfinishedName } from './unfinished-files.ts';

/**
 * Writes a file so that its name never stands for half of it: a temporary file beside it is written, flushed to disk and
 * renamed, and the renaming is flushed too. What is written later is never on disk without it. A link stays a link, a
 * file keeps its mode, and what a killed process of this machine and container left of the same file is removed.
 *
 * @throws EnvironmentError when the disk is full or the place cannot be written, as a link that leads nowhere; what was
 * there stays.
 */
export function writeFileAtomically(path: string, content: string | Uint8Array): Promise<void> {
  return replace(path, (file) => file.writeFile(content));
}

/**
 * As `writeFileAtomically`, for a file that the user named and that is written piece by piece.
 *
 * @param write appends to the file.
 * @throws what `requireWritable` and `write` throw, and EnvironmentError as `writeFileAtomically`.
 */
export async function replaceFile<T>(path: string, write: (file: FileHandle) => Promise<T>): Promise<T> {
  await requireWritable(path);
  return replace(path, write);
}

/**
 * Checks, before any work is done, that a file can be written at `path`.
 *
 * @param option how the message names the path.
 * @throws InvalidOptionError when the folder does not exist, the name is too long, or something is at `path` that is not a
 * file, as a link that leads nowhere; EnvironmentError when the folder is not writable.
 */
export async function requireWritable(path: string, option = 'path'): Promise<void> {
  const there = await requireRoom(path, option);
  if (there === undefined || there.isFile()) return;
  const what = there.isDirectory() ? 'a folder' : 'a device or pipe';
  throw new InvalidOptionError(option, `must name a file, and this is ${what}`, path);
}

/** As `requireWritable`, whatever is at `path`. @returns what is there. */
export async function requireRoom(path: string, option: string): Promise<Stats | undefined> {
  // Without a slash at its end, behind which nothing is found where a file is there.
  const place = resolve(path);
  const link = await deadLink(place);
  if (link !== undefined) {
    throw new InvalidOptionError(option, `must not be a link that leads nowhere (${link}); remove the link`, path);
  }
  const there = await stat(place).catch((cause: unknown) => {
    if ((cause as NodeJS.ErrnoException).code !== 'ENAMETOOLONG') return undefined;
    const rule = 'must have a shorter name: file systems take 255 bytes, and letters beyond ASCII have two to four';
    throw new InvalidOptionError(option, rule, path, { cause });
  });
  const folder = dirname(place);
  if (!(await stat(folder).catch(() => undefined))?.isDirectory()) {
    throw new InvalidOptionError(option, 'must be in a folder that exists; make the folder first', path);
  }
  await access(folder, constants.W_OK).catch((cause: unknown) => {
    throw notWritten(path, cause);
  });
  return there;
}

async function replace<T>(path: string, write: (file: FileHandle) => Promise<T>): Promise<T> {
  const link = await deadLink(path);
  if (link !== undefined) {
    const why = `${path} cannot be written: it is a link that leads nowhere (${link}). Remove the link.`;
    throw new EnvironmentError(why);
  }
  const place = await realpath(path).catch(() => resolve(path));
  const temporary = unfinishedName(place);
  try {
    await removeAbandoned(place);
    const there = await stat(place).catch(() => undefined);
    const file = await open(temporary, 'wx');
    let result: T;
    try {
      if (there !== undefined) await file.chmod(there.mode & 0o7777);
      result = await write(file);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, place);
    await syncFolder(dirname(place));
    return result;
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    if (isDilatedUnetError(cause) || (cause as NodeJS.ErrnoException).syscall === undefined) throw cause;
    throw notWritten(path, cause);
  }
}

/** What the link at `path` names, where it leads nowhere; undefined where it leads somewhere or is none. */
export async function deadLink(path: string): Promise<string | undefined> {
  const link = await readlink(path).catch(() => undefined);
  if (link === undefined) return undefined;
  return stat(path).then(
    () => undefined,
    () => link,
  );
}

/** What file systems answer that have no way to flush a folder, such as some of FUSE, 9p and vboxsf. */
const NO_FLUSHING = ['EINVAL', 'EBADF'];

/** Flushes the names in the folder at `path`, where its file system can do that. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } catch (error) {
    if (!NO_FLUSHING.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    await folder.close();
  }
}

/** What helps against an error of the system other than another folder. */
const ADVICE: Readonly<Record<string, string>> = {
  ENAMETOOLONG: 'Choose a shorter one.',
  ENOTEMPTY: 'Remove what has come into it.',
};

export function notWritten(path: string, cause: unknown): EnvironmentError {
  const { code = '' } = cause as NodeJS.ErrnoException;
  const isFull = ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(code);
  const advice = isFull ? 'Free some space, or choose another folder.' : (ADVICE[code] ?? 'Choose another folder.');
  return new EnvironmentError(`${path} cannot be written: ${reason(cause)}. ${advice}`, { cause });
}
