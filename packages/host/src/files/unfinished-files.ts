import { createHash, randomBytes } from 'node:crypto';
import { readdir, realpath, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { alive, identity, LEASE, numberSpace } from '../processes/process-identity.ts';

/**
 * How a file is named until it is whole: target, machine, process that writes it, a mark of where and when that started, and random
 * digits.
 */
const UNFINISHED = /^(?<target>.+)\.(?<machine>[\w-]+)\.(?<pid>\d+)\.(?<mark>[\da-f]{6})[\da-f]{6}\.part$/;
const MACHINE = hostname().replace(/[^\w-]/g, '-');
/**
 * Most bytes of the target's name in it: file systems take names of 255 bytes, and what follows takes up to 91, of which the
 * name of a machine is 64.
 */
const MOST_TARGET_BYTES = 160;

/** A name beside `path` for what becomes `path` when it is whole; of no more than 255 bytes. */
export function unfinishedName(path: string): string {
  const target = shortened(basename(path));
  const digits = markOf(identity(process.pid).started) + randomBytes(3).toString('hex');
  return join(dirname(path), `${target}.${MACHINE}.${process.pid}.${digits}.part`);
}

/**
 * Name of the file that `name` would have become, its beginning and a hash of it where it is longer than 160 bytes; undefined
 * where `name` is not that of an unfinished file.
 */
export function unfinishedTarget(name: string): string | undefined {
  return UNFINISHED.exec(name)?.groups?.['target'];
}

/** Removes what processes that were killed left unfinished in `folder` and below; no other may be writing there. */
export async function removeUnfinishedFiles(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    if (entry.isFile() && UNFINISHED.test(entry.name)) await rm(join(entry.parentPath, entry.name), { force: true });
  }
}

/** Removes what killed processes of this machine left of the file or folder at `place`. */
export async function removeAbandoned(place: string): Promise<void> {
  const wanted = shortened(basename(place));
  for (const name of await readdir(dirname(place))) {
    const { target, machine, pid, mark } = UNFINISHED.exec(name)?.groups ?? {};
    const path = join(dirname(place), name);
    if (target !== wanted || machine !== MACHINE || (await isWriting(Number(pid), mark as string, path))) continue;
    await rm(path, { recursive: true, force: true });
  }
}

/**
 * Removes what killed processes of any machine left of the file or folder at `path`, as far as that is possible; no other may be
 * writing it.
 */
export async function removeLeftOf(path: string): Promise<void> {
  const place = await realpath(path).catch(() => resolve(path));
  const wanted = shortened(basename(place));
  for (const name of await readdir(dirname(place)).catch(() => [])) {
    if (unfinishedTarget(name) !== wanted) continue;
    await rm(join(dirname(place), name), { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Whether process `pid` runs, and made `mark` or may have one of its number elsewhere: in a container, each has the number 1. */
async function isWriting(pid: number, mark: string, path: string): Promise<boolean> {
  if (!alive({ pid, started: null })) return false;
  const { started } = identity(pid);
  if (started === null || markOf(started) === mark) return true;
  const modified = await stat(path).catch(() => undefined);
  return modified !== undefined && Date.now() - modified.mtimeMs < LEASE;
}

/** Of the process of this number space that started at `started`. */
function markOf(started: string | null): string {
  return createHash('sha256').update(`${started} ${numberSpace()}`).digest('hex').slice(0, 6);
}

/** `name` where it has up to 160 bytes, else its beginning, by whole characters, and a hash of it. */
export function shortened(name: string): string {
  if (Buffer.byteLength(name) <= MOST_TARGET_BYTES) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 12);
  let start = '';
  for (const character of name) {
    if (Buffer.byteLength(start + character) > MOST_TARGET_BYTES - hash.length - 1) break;
    start += character;
  }
  return `${start}~${hash}`;
}
