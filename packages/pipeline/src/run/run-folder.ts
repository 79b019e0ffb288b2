import { mkdir, readdir, readFile, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { DilatedUnetError, EnvironmentError, InvalidOptionError } from '@dilated-unet/core';
import { reason, unfinishedTarget } from '@dilated-unet/host';
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
  return stat(join(out, 'checkpoints', 'last.safetensors')).then(
    () => true,
    () => false,
  );
}

/**
 * The configuration with which the run at `out` was started.
 *
 * @throws InvalidOptionError when there is no run to resume.
 */
export async function resumedConfig(out: string): Promise<TrainConfig> {
  const path = join(out, 'config.json');
  const isRun = await stat(path).then(
    () => true,
    () => false,
  );
  if (!isRun) throw new InvalidOptionError('out', 'must be the folder of a run when `resume` is given', out);
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
  let made: string | undefined;
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
    made = await mkdir(out, { recursive: true });
  } catch (error) {
    if (error instanceof DilatedUnetError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTDIR' || code === 'EEXIST') {
      throw new InvalidOptionError('out', 'must be a folder, but there is a file', out, { cause: error });
    }
    throw new EnvironmentError(`Cannot make the run folder ${out}: ${reason(error)}. Choose another folder.`, {
      cause: error,
    });
  }
  return {
    abandon: async () => {
      if (resume || (await hasCheckpoint(out))) return { kept: true };
      for (const name of await readdir(out)) await rm(join(out, name), { recursive: true, force: true });
      await removeEmptyFolders(out, made);
      return { kept: false };
    },
  };
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
