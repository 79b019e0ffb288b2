import { mkdir, readdir, readFile, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { DilatedUnetError, EnvironmentError, InvalidOptionError, isDilatedUnetError } from '@dilated-unet/core';
import { reason, unfinishedTarget, withLock, type Lock, type LockOptions } from '@dilated-unet/host';
import { requireNoDeadLink } from './dead-link.ts';
import type { Reporter } from './services.ts';
import { parseStoredConfig, type TrainConfig } from '@dilated-unet/trainer';

/** `runs/VARIANT-yyyymmdd-hhmmss` under `base`, in local time. */
export function defaultRunFolder(base: string, variant: string, now: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`;
  const time = `${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;
  return resolve(base, 'runs', `${variant}-${day}-${time}`);
}

/** Whether there is a run at `out`, that is a checkpoint to go on from. */
export async function hasCheckpoint(out: string): Promise<boolean> {
  return exists(join(out, 'checkpoints', 'last.safetensors'));
}

/**
 * The configuration with which the run at `out` was started.
 *
 * @throws InvalidOptionError when there is no run to resume.
 */
export async function resumedConfig(out: string): Promise<TrainConfig> {
  const path = join(out, 'config.json');
  if (!(await exists(path)))
    throw new InvalidOptionError('out', 'must be the folder of a run when `resume` is given', out);
  let input: unknown;
  try {
    input = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new DilatedUnetError(
      `Cannot read ${path}, so the run cannot be resumed: ${(cause as Error).message}. Restore the file, or start a new run in another folder.`,
      {
        cause,
      },
    );
  }
  return parseStoredConfig(input, path);
}

/** Lies in a run folder while a process works there. */
const RUN_LOCK = 'run.lock';

/** Whether a file of this name in a run folder is its lock, or what becomes it: no part of the run. */
export function isOfRunLock(name: string): boolean {
  return name === RUN_LOCK || name.startsWith(`${RUN_LOCK}.`);
}

/** Another process works in a run folder. */
class BusyFolderError extends InvalidOptionError {}

/**
 * Does `work` while no other process works in the run folder `out`, on this machine or on another that shares its file system. A
 * folder that was made for it and in which nothing is left goes.
 *
 * @param options.mayMove whether nobody chose the name: where it is taken, the folder is `out-2`, `out-3`, ... @default false
 * @param options.watch of who waits for a process of another machine or container, which may have been killed: see `withLock`. Without
 *   it, such a process is refused like one of this machine.
 * @param options.onWait of who waits for processes of this machine too: see `withLock`. @default these are refused
 * @param work gets the folder that it is.
 * @throws InvalidOptionError naming the process that works there; EnvironmentError when the folder cannot be made or written; and
 *   what `work` throws.
 */
export async function aloneInRunFolder<T>(
  out: string,
  work: (out: string, lock: Lock) => Promise<T>,
  { mayMove = false, watch, onWait }: AloneOptions = {},
): Promise<T> {
  for (let k = 1; ; k++) {
    const folder = k === 1 ? out : `${out}-${k}`;
    if (mayMove && (await exists(folder))) continue;
    await requireNoDeadLink(folder);
    const made = await makeFolder(folder, out);
    try {
      const options = { onWait: onWait ?? refuse(folder, watch), signal: watch?.signal };
      return await withLock(join(folder, RUN_LOCK), (lock) => work(folder, lock), options);
    } catch (error) {
      if (!mayMove || !(error instanceof BusyFolderError)) throw error;
    } finally {
      await removeEmptyFolders(folder, made);
    }
  }
}

type WaitingWatch = Pick<Reporter, 'onNote' | 'signal'>;

interface AloneOptions extends Pick<LockOptions, 'onWait'> {
  readonly mayMove?: boolean;
  readonly watch?: WaitingWatch | undefined;
}

const refuse = (out: string, watch: WaitingWatch | undefined) => (pid: number, host: string, isElsewhere: boolean) => {
  const end = 'where it was killed, it counts for three minutes more';
  if (isElsewhere && watch !== undefined) {
    watch.onNote(
      `process ${pid} on ${host}, another machine or container or this one before a restart, works in ${out}; waiting for its end (${end})`,
    );
    return;
  }
  const elsewhere = isElsewhere ? ` (on another machine, in another container or before a restart; ${end})` : '';
  const rule = `must be a folder in which no other process works: process ${pid} on ${host} does${elsewhere}; wait for its end, or name another folder`;
  throw new BusyFolderError('out', rule, out);
};

/** A run folder that is ours to fill. */
export interface ClaimedFolder {
  /**
   * Removes what the run left, unless there was a run before, there is a checkpoint to go on from by now, or the lock was lost:
   * another process works there.
   */
  abandon(): Promise<{ kept: boolean }>;
}

/**
 * Makes the folder of a new run.
 *
 * @param signal of the run: see `watchUnder`.
 * @throws InvalidOptionError when something is there already; nothing is touched then.
 * @throws EnvironmentError when the folder cannot be made.
 */
export async function claimRunFolder(out: string, resume: boolean, signal?: AbortSignal): Promise<ClaimedFolder> {
  await requireNoDeadLink(out);
  try {
    const before = await readdir(out).catch((error: NodeJS.ErrnoException): string[] => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    // A process may have been killed while it wrote its first file.
    const isEmpty = before.every((name) => isOfRunLock(name) || unfinishedTarget(name) === 'config.json');
    if (!isEmpty && !resume) {
      const isRun = before.includes('config.json');
      const rule = isRun
        ? 'already holds a run; add `resume` to go on with it, or name another folder'
        : 'must be a new or an empty folder';
      throw new InvalidOptionError('out', rule, out);
    }
  } catch (error) {
    throw error instanceof DilatedUnetError ? error : notMade(out, error);
  }
  const made = await makeFolder(out, out);
  return {
    abandon: async () => {
      const isLost = signal?.aborted === true && isDilatedUnetError(signal.reason);
      if (isLost || resume || (await hasCheckpoint(out))) return { kept: true };
      const left = (await readdir(out)).filter((name) => !isOfRunLock(name));
      for (const name of left) await rm(join(out, name), { recursive: true, force: true });
      await removeEmptyFolders(out, made);
      return { kept: false };
    },
  };
}

/** @returns the first folder that was made. @throws as `claimRunFolder`, for the run folder `out`. */
function makeFolder(path: string, out: string): Promise<string | undefined> {
  return mkdir(path, { recursive: true }).catch((error: unknown) => {
    throw notMade(out, error);
  });
}

function notMade(out: string, cause: unknown): DilatedUnetError {
  const { code } = cause as NodeJS.ErrnoException;
  return code === 'ENOTDIR' || code === 'EEXIST'
    ? new InvalidOptionError('out', 'must be a folder, but there is a file', out, { cause })
    : new EnvironmentError(`Cannot make the run folder ${out}: ${reason(cause)}. Choose another folder.`, { cause });
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Removes `folder` and the folders above it up to `top`, as far as they are empty; nothing when `top` is undefined. */
async function removeEmptyFolders(folder: string, top: string | undefined): Promise<void> {
  if (top === undefined || !folder.startsWith(top)) return;
  const removed = await rmdir(folder).then(
    () => true,
    () => false,
  );
  if (removed) await removeEmptyFolders(dirname(folder), top);
}
