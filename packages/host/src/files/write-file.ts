import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, open, readdir, realpath, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { EnvironmentError, InvalidOptionError, isDilatedUnetError } from '@dilated-unet/core';
import { alive } from '../processes/process-identity.ts';
import { reason } from './read-file.ts';

/** How a file is named until it is whole: target, machine and process that write it. */
const UNFINISHED = /^(?<target>.+)\.(?<machine>[\w-]+)\.(?<pid>\d+)\.[\da-f]{12}\.part$/;
const MACHINE = hostname().replace(/[^\w-]/g, '-');

/**
 * Writes a file so that its name never stands for half of it: a temporary file beside it is written, flushed to disk and
 * renamed, and the renaming is flushed too. What is written later is never on disk without it. A link stays a link, a
 * file keeps its mode, and what a killed process of this machine left of the same file is removed.
 *
 * @throws EnvironmentError when the disk is full or the place cannot be written; the file that was there stays.
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
 * @throws InvalidOptionError when the folder does not exist, or something is at `path` that is not a file;
 * EnvironmentError when the folder is not writable.
 */
export async function requireWritable(path: string, option = 'path'): Promise<void> {
  const there = await stat(path).catch(() => undefined);
  if (there !== undefined && !there.isFile()) {
    const what = there.isDirectory() ? 'a folder' : 'a device or pipe';
    throw new InvalidOptionError(option, `must name a file, and this is ${what}`, path);
  }
  const folder = dirname(resolve(path));
  if (!(await stat(folder).catch(() => undefined))?.isDirectory()) {
    throw new InvalidOptionError(option, 'must be in a folder that exists; make the folder first', path);
  }
  await access(folder, constants.W_OK).catch((cause: unknown) => {
    throw notWritten(path, cause);
  });
}

/** Removes what processes that were killed left unfinished in `folder` and below; no other may be writing there. */
export async function removeUnfinishedFiles(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    if (entry.isFile() && UNFINISHED.test(entry.name)) await rm(join(entry.parentPath, entry.name), { force: true });
  }
}

/** A name beside `path` for what becomes `path` when it is whole. */
export function unfinishedName(path: string): string {
  return `${path}.${MACHINE}.${process.pid}.${randomBytes(6).toString('hex')}.part`;
}

/** Name of the file that `name` would have become; undefined where it is not that of an unfinished file. */
export function unfinishedTarget(name: string): string | undefined {
  return UNFINISHED.exec(name)?.groups?.['target'];
}

async function replace<T>(path: string, write: (file: FileHandle) => Promise<T>): Promise<T> {
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

async function removeAbandoned(place: string): Promise<void> {
  for (const name of await readdir(dirname(place))) {
    const { target, machine, pid } = UNFINISHED.exec(name)?.groups ?? {};
    if (target !== basename(place) || machine !== MACHINE || alive({ pid: Number(pid), started: null })) continue;
    await rm(join(dirname(place), name), { force: true });
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function notWritten(path: string, cause: unknown): EnvironmentError {
  const { code = '' } = cause as NodeJS.ErrnoException;
  const advice = ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(code) ? 'Free some space, or choose' : 'Choose';
  return new EnvironmentError(`${path} cannot be written: ${reason(cause)}. ${advice} another folder.`, { cause });
}
