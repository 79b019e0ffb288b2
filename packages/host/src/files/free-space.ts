import { statfsSync, type StatsFs } from 'node:fs';
import { dirname } from 'node:path';
import { EnvironmentError } from '@dilated-unet/core';

/**
 * @param folder where files will be written; need not exist yet.
 * @param bytes what they will take.
 * @throws EnvironmentError when the file system of `folder` has less than `bytes` free.
 */
export function requireFreeSpace(folder: string, bytes: number): void {
  const { bavail, bsize } = stat(folder);
  const free = bavail * bsize;
  if (free >= bytes) return;
  throw new EnvironmentError(
    `Not enough disk space: about ${gigabytes(bytes)} are written to ${folder}, where ${gigabytes(free)} are ` +
      'free. Free some space, then run it again.',
  );
}

function stat(folder: string): StatsFs {
  try {
    return statfsSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(folder) === folder) throw error;
    return stat(dirname(folder));
  }
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
