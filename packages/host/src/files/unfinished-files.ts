import { createHash, randomBytes } from 'node:crypto';
import { readdir, realpath, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { alive, identity, numberSpace } from '../processes/process-identity.ts';

/**
 * How a file is named until it is whole: target, machine, process that writes it, marks of where its number counts and of when it
 * started, and random digits.
 */
const UNFINISHED =
  /^(?<target>.+)\.(?<machine>[\w-]+)\.(?<pid>\d+)\.(?<space>[\da-f]{4})(?<start>[\da-f]{2})[\da-f]{6}\.part$/;
const MACHINE = hostname().replace(/[^\w-]/g, '-');
/**
 * Most bytes of the target's name in it: file systems take names of 255 bytes, and what follows takes up to 91, of which the
 * name of a machine is 64.
 */
const MOST_TARGET_BYTES = 160;

/** A name beside `path` for what becomes `path` when it is whole; of no more than 255 bytes. */
export function unfinishedName(path: string): string {
  const target = shortened(basename(path));
  const digits = spaceMark() + startMark(identity(process.pid).started) + randomBytes(3).toString('hex');
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

/**
 * Removes what killed processes of this machine left of the file or folder at `place`. What processes of another container left, or
 * of a machine of the same name, stays: whether they run is not known here.
 */
export async function removeAbandoned(place: string): Promise<void> {
  const wanted = shortened(basename(place));
  for (const name of await readdir(dirname(place))) {
    const { target, machine, pid, space, start } = UNFINISHED.exec(name)?.groups ?? {};
    if (target !== wanted || machine !== MACHINE || space !== spaceMark() || isWriting(Number(pid), start)) continue;
    await rm(join(dirname(place), name), { recursive: true, force: true });
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

/** Whether process `pid` runs, and is the one that started at the time of the mark `start`. */
function isWriting(pid: number, start: string | undefined): boolean {
  const there = identity(pid);
  return alive(there) && (there.started === null || startMark(there.started) === start);
}

/** Each container has processes of its own, from 1, as each machine has, and they may share a name. */
const spaceMark = (): string => hashOf(numberSpace()).slice(0, 4);
const startMark = (started: string | null): string => hashOf(started).slice(0, 2);

function hashOf(value: string | null): string {
  return createHash('sha256').update(String(value)).digest('hex');
}

/** `name` where it has up to 160 bytes, else its beginning, by whole characters, and a hash of it. */
export function shortened(name: string): string {
  if (Buffer.byteLength(name) <= MOST_TARGET_BYTES) return name;
  const hash = hashOf(name).slice(0, 12);
  let start = '';
  for (const character of name) {
    if (Buffer.byteLength(start + character) > MOST_TARGET_BYTES - hash.length - 1) break;
    start += character;
  }
  return `${start}~${hash}`;
}
