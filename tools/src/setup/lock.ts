import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { killGroup } from './run-process.ts';

/** A process, told apart from a later one with the same number by when it started. */
interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks between boot and start; null where the system does not say. */
  readonly started: string | null;
}

interface Owner extends ProcessIdentity {
  /** The program that the owner runs at present. */
  readonly child?: ProcessIdentity;
}

export interface Lock {
  /** Notes the program that the owner has started: whoever finds the lock abandoned ends it first. */
  noteChild(pid: number): void;
}

export interface LockOptions {
  /** Told once, when another process holds the lock. */
  readonly onWait?: (holder: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** How often a waiting process looks, milliseconds. */
const POLL = 200;
/** Removing an abandoned lock takes microseconds: a guard older than this, milliseconds, was left by a crash. */
const GUARD_AGE = 10_000;

/**
 * Runs `work` while no other process runs work under the same lock file. A lock whose holder is gone, however it ended,
 * is taken over, and what the holder had still running is ended.
 */
export async function withLock<T>(
  path: string,
  work: (lock: Lock) => Promise<T>,
  options: LockOptions = {},
): Promise<T> {
  mkdirSync(dirname(path), { recursive: true });
  let told = false;
  while (!acquire(path)) {
    const owner = readOwner(path);
    if (owner !== undefined && !told) {
      told = true;
      options.onWait?.(owner.pid);
    }
    await sleep(POLL, undefined, { ...(options.signal === undefined ? {} : { signal: options.signal }) });
  }
  try {
    return await work({ noteChild: (pid) => replace(path, { ...identity(process.pid), child: identity(pid) }) });
  } finally {
    rmSync(path, { force: true });
  }
}

function acquire(path: string): boolean {
  const own = `${path}.${process.pid}`;
  writeFileSync(own, JSON.stringify(identity(process.pid)));
  try {
    // A link appears with its content and fails where the name is taken: no reader sees half a lock.
    linkSync(own, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(own, { force: true });
  }
  removeIfAbandoned(path);
  return false;
}

/** The guard keeps two processes from both finding the lock abandoned and one of them removing the other's new one. */
function removeIfAbandoned(path: string): void {
  const guard = `${path}.guard`;
  try {
    writeFileSync(guard, '', { flag: 'wx' });
  } catch {
    const made = statSync(guard, { throwIfNoEntry: false })?.mtimeMs;
    if (made !== undefined && Date.now() - made > GUARD_AGE) rmSync(guard, { force: true });
    return;
  }
  try {
    const owner = readOwner(path);
    if (owner === undefined || alive(owner)) return;
    if (owner.child !== undefined && alive(owner.child)) killGroup(owner.child.pid, 'SIGKILL');
    rmSync(path, { force: true });
  } finally {
    rmSync(guard, { force: true });
  }
}

function replace(path: string, owner: Owner): void {
  const own = `${path}.${process.pid}`;
  writeFileSync(own, JSON.stringify(owner));
  renameSync(own, path);
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

function identity(pid: number): ProcessIdentity {
  return { pid, started: startOf(pid) };
}

function alive(owner: ProcessIdentity): boolean {
  if (owner.pid <= 0) return false;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return owner.started === null || startOf(owner.pid) === owner.started;
}

/**
 * Field 22 of /proc/PID/stat (proc_pid_stat(5)); the name in field 2 may hold spaces and brackets. Null: it has ended.
 */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie has ended; only its parent has not asked yet.
    return state === 'Z' || state === 'X' ? null : (fields[18] ?? null);
  } catch {
    return null;
  }
}
