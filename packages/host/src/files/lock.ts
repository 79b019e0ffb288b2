import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fstatSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EnvironmentError } from '@dilated-unet/core';
import { alive, identity, numberSpace, type ProcessIdentity } from '../processes/process-identity.ts';
import { killGroup } from '../processes/run-process.ts';
import { isWithoutLinks } from './links.ts';
import { shortened } from './unfinished-files.ts';
import { notWritten } from './write-file.ts';

interface Owner extends ProcessIdentity {
  /** Name of its machine. */
  readonly host?: string;
  /** Where its number counts: containers, and machines, may have one name, and each has a process 1. */
  readonly space?: string | null;
  /** The program that the owner runs at present. */
  readonly child?: ProcessIdentity;
}

export interface Lock {
  /** Notes the program that the owner has started: whoever finds the lock abandoned ends it first. */
  noteChild(pid: number): void;
  /**
   * Aborted when another machine or container took the lock over, since this process was stopped for longer than the lease, or
   * when it cannot be renewed.
   */
  readonly signal: AbortSignal;
}

export interface LockOptions {
  /**
   * Told once, when another process holds the lock; `isElsewhere` where it is of another machine or container, so that it may have
   * ended up to three minutes ago.
   */
  readonly onWait?: (holder: number, host: string, isElsewhere: boolean) => void;
  readonly signal?: AbortSignal | undefined;
}

/** How often a waiting process looks, milliseconds: at first, and after a while. */
const [POLL, SLOWEST_POLL] = [200, 2000];
/** What is done under a guard takes microseconds: a guard older than this, milliseconds, was left by a crash. */
const GUARD_AGE = 10_000;
/**
 * Whether a process of another machine or container lives can't be asked: its lock counts until it has not been renewed for so long,
 * milliseconds. Network file systems may show a file's time a minute late (nfs(5), acregmax).
 */
const LEASE = 180_000;
/** How often a holder renews its lock, milliseconds. */
const RENEWAL = 10_000;

/**
 * Runs `work` while no other process runs work under the same lock file, on this machine or on another that shares the
 * file system. A lock whose holder is gone, however it ended, is taken over, at once on the same machine, from another, from another
 * container or from before a restart of the machine after three minutes; and what the holder had still running on this machine is ended.
 *
 * @throws EnvironmentError when the lock cannot be written, and what `work` throws.
 */
export async function withLock<T>(
  path: string,
  work: (lock: Lock) => Promise<T>,
  options: LockOptions = {},
): Promise<T> {
  let told = false;
  let poll = POLL;
  let lock = acquire(path);
  while (lock === undefined) {
    const owner = readOwner(path);
    if (owner !== undefined && !told) {
      told = true;
      options.onWait?.(owner.pid, owner.host ?? hostname(), isElsewhere(owner));
    }
    await sleep(poll, undefined, { ...(options.signal === undefined ? {} : { signal: options.signal }) });
    poll = Math.min(SLOWEST_POLL, poll * 1.2);
    lock = acquire(path);
  }
  try {
    return await work(lock);
  } finally {
    lock.release();
  }
}

/** A lock in the hands of this process. */
class HeldLock implements Lock {
  readonly #path: string;
  readonly #controller = new AbortController();
  readonly #renewal: NodeJS.Timeout;
  #owner: Owner;
  /** Of the lock file: a lock that was taken over is another file, which renewing does not touch. */
  #file: number;
  /** When, milliseconds. */
  #renewed = Date.now();

  constructor(path: string, owner: Owner, file: number) {
    [this.#path, this.#owner, this.#file] = [path, owner, file];
    this.#renewal = setInterval(() => this.#renew(), RENEWAL).unref();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  noteChild(pid: number): void {
    this.#owner = { ...this.#owner, child: identity(pid) };
    const own = ownName(this.#path);
    closeSync(this.#file);
    this.#file = openSync(own, 'w');
    writeSync(this.#file, JSON.stringify(this.#owner));
    renameSync(own, this.#path);
  }

  release(): void {
    clearInterval(this.#renewal);
    closeSync(this.#file);
    if (this.#isOurs()) rmSync(this.#path, { force: true });
  }

  #renew(): void {
    // Who took the lock over from a process that was stopped for longer may have given it back by now.
    const isLeased = Date.now() - this.#renewed < LEASE;
    try {
      if (isLeased && !existsSync(this.#path)) this.#putBack();
      else if (!this.#isOurs()) {
        const taken = `Another process has taken over ${this.#path}, as this one was stopped for too long.`;
        return this.#lose(new EnvironmentError(taken));
      }
      // The same bytes: the file's time is what changes, by the clock of the file system.
      writeSync(this.#file, JSON.stringify(this.#owner), 0);
      this.#renewed = Date.now();
    } catch (cause) {
      this.#lose(notWritten(this.#path, cause));
    }
  }

  /** Makes the lock file again, which somebody has tidied away; where another process was quicker, the next renewal sees it. */
  #putBack(): void {
    const { file } = place(this.#path, this.#owner);
    if (file === undefined) return;
    closeSync(this.#file);
    this.#file = file;
  }

  #lose(reason: EnvironmentError): void {
    clearInterval(this.#renewal);
    this.#controller.abort(reason);
  }

  #isOurs(): boolean {
    const { pid, started, host, space } = readOwner(this.#path) ?? {};
    const owner = this.#owner;
    return pid === owner.pid && started === owner.started && host === owner.host && space === owner.space;
  }
}

/** @throws EnvironmentError when no file can be written there. */
function acquire(path: string): HeldLock | undefined {
  try {
    return tryToAcquire(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).syscall === undefined) throw cause;
    throw notWritten(path, cause);
  }
}

function tryToAcquire(path: string): HeldLock | undefined {
  mkdirSync(dirname(path), { recursive: true });
  const owner = { ...identity(process.pid), host: hostname(), space: numberSpace() };
  const { file, now } = place(path, owner);
  if (file !== undefined) return new HeldLock(path, owner, file);
  guarded(path, now, () => removeIfAbandoned(path, now));
  return undefined;
}

/**
 * Makes the lock file of `owner`.
 *
 * @returns the open file, undefined where there is one already, and the time by the clock of the file system, milliseconds.
 */
function place(path: string, owner: Owner): { readonly file: number | undefined; readonly now: number } {
  const own = ownName(path);
  const file = openSync(own, 'w');
  let [now, isOurs] = [NaN, false];
  try {
    writeSync(file, JSON.stringify(owner));
    now = fstatSync(file).mtimeMs;
    isOurs = claim(own, path, now);
  } finally {
    closeSync(file);
    rmSync(own, { force: true });
  }
  // NFS keeps a name that is removed while it is open, as `.nfs...` beside the lock: this one is open under its last name.
  return { file: isOurs ? openIfThere(path) : undefined, now };
}

/** Undefined where somebody has tidied the file away. */
function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r+');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Gives the file at `own` the name `path`, unless that is taken. @returns whether; what has it, has it with its content. */
function claim(own: string, path: string, now: number): boolean {
  try {
    // A link appears with its content and fails where the name is taken: no reader sees half a lock.
    linkSync(own, path);
    return true;
  } catch (error) {
    // NFS may answer so where the link was made and its first answer was lost (link(2), BUGS).
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return statSync(own).nlink === 2;
    if (!isWithoutLinks(error)) throw error;
  }
  // A renaming replaces what is there: one process at a time looks and renames.
  const isFree = guarded(path, now, () => {
    if (existsSync(path)) return false;
    renameSync(own, path);
    return true;
  });
  return isFree ?? false;
}

/** A name beside `path` that only this process gives, for what becomes the lock file; of no more than 177 bytes. */
function ownName(path: string): string {
  const who = `${hostname()} ${numberSpace()} ${process.pid}`;
  const hash = createHash('sha256').update(who).digest('hex').slice(0, 16);
  return join(dirname(path), `${shortened(basename(path))}.${hash}`);
}

/**
 * Runs `work` while no other process runs work under the guard of the lock at `path`, or not at all where one does. So no two
 * processes both find the lock abandoned and one of them removes the other's new one.
 *
 * @param now by the clock of the file system, milliseconds.
 */
function guarded<T>(path: string, now: number, work: () => T): T | undefined {
  const guard = `${path}.guard`;
  try {
    writeFileSync(guard, '', { flag: 'wx' });
  } catch {
    const made = modified(guard);
    if (made !== undefined && now - made > GUARD_AGE) rmSync(guard, { force: true });
    return undefined;
  }
  try {
    return work();
  } finally {
    rmSync(guard, { force: true });
  }
}

/** @param now as `guarded` takes it. */
function removeIfAbandoned(path: string, now: number): void {
  const owner = readOwner(path);
  if (owner === undefined) return;
  if (isElsewhere(owner)) {
    if (now - (modified(path) ?? now) < LEASE) return;
  } else {
    if (alive(owner)) return;
    if (owner.child !== undefined && alive(owner.child)) end(owner.child.pid);
  }
  rmSync(path, { force: true });
}

/** Whether the number of `owner` says nothing here; of a lock that names no machine or no container, it is taken to be this one. */
function isElsewhere({ host = hostname(), space = numberSpace() }: Owner): boolean {
  return host !== hostname() || space !== numberSpace();
}

/** Kills a process, and its group where it leads one. */
function end(pid: number): void {
  killGroup(pid, 'SIGKILL');
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone with its group.
  }
}

function modified(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}

/**
 * The holder; undefined when nobody holds the lock. A file that is no lock is held by process 0, which is never alive.
 */
function readOwner(path: string): Owner | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
  try {
    const owner = JSON.parse(text) as Partial<Owner> | null;
    if (typeof owner?.pid === 'number' && owner.started !== undefined) return owner as Owner;
  } catch {
    // Not JSON.
  }
  return { pid: 0, started: null };
}
