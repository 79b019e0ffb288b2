import { mkdir, readdir, readFile, rm, rmdir, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { DilatedUnetError, EnvironmentError, InvalidOptionError } from '@dilated-unet/core';
import { reason, unfinishedTarget, withLock, type Lock } from '@dilated-unet/host';
import { requireNoDeadLink } from './dead-link.ts';
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

/** Another process works in a run folder. */
class BusyFolderError extends InvalidOptionError {}

/**
 * Does `work` while no other process works in the run folder `out`, on this machine or on another that shares its file system.
 * An experiment holds the same lock while it is at a trial.
 *
 * @param options.mayMove whether nobody chose the name: where it is taken, the folder is `out-2`, `out-3`, ... @default false
 * @param work gets the folder that it is.
 * @throws InvalidOptionError naming the process that works there; EnvironmentError when the folder above cannot be written; and what
 *   `work` throws.
 */
export async function aloneInRunFolder<T>(
  out: string,
  work: (out: string, lock: Lock) => Promise<T>,
  { mayMove = false }: { readonly mayMove?: boolean } = {},
): Promise<T> {
  for (let k = 1; ; k++) {
    const folder = k === 1 ? out : `${out}-${k}`;
    if (mayMove && (await exists(folder))) continue;
    const made = await makeFolder(dirname(folder), out);
    try {
      return await withLock(`${folder}.lock`, (lock) => work(folder, lock), { onWait: refuse(folder) });
    } catch (error) {
      if (!mayMove || !(error instanceof BusyFolderError)) throw error;
    } finally {
      await removeEmptyFolders(dirname(folder), made);
    }
  }
}

const refuse = (out: string) => (pid: number, host: string) => {
  const elsewhere =
    host === hostname() ? '' : ' (where a process ends with its machine, its lock does so some minutes later)';
  const rule = `must be a folder in which no other process works: process ${pid} on ${host} does${elsewhere}; wait for its end, or name another folder`;
  throw new BusyFolderError('out', rule, out);
};

/** A run folder that is ours to fill. */
export interface ClaimedFolder {
  /** Removes what the run left, unless there was a run before or there is a checkpoint to go on from by now. */
  abandon(): Promise<{ kept: boolean }>;
}

/**
 * Makes the folder of a new run.
 *
 * @throws InvalidOptionError when something is there already; nothing is touched then.
 * @throws EnvironmentError when the folder cannot be made.
 */
export async function claimRunFolder(out: string, resume: boolean): Promise<ClaimedFolder> {
  await requireNoDeadLink(out);
  try {
    const before = await readdir(out).catch((error: NodeJS.ErrnoException): string[] => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    // A process may have been killed while it wrote its first file.
    const isEmpty = before.every((name) => unfinishedTarget(name) === 'config.json');
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
      if (resume || (await hasCheckpoint(out))) return { kept: true };
      for (const name of await readdir(out)) await rm(join(out, name), { recursive: true, force: true });
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
