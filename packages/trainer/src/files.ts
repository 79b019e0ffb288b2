import { open, rename, rm } from 'node:fs/promises';
import { EnvironmentError } from '@dilated-unet/core';

/**
 * Writes a file so that its name never stands for half of it: a temporary file beside it is written, flushed to disk and
 * renamed.
 *
 * @throws EnvironmentError when the disk is full or the place cannot be written; the file that was there stays.
 */
export async function writeFileAtomically(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${path}.part`;
  try {
    const file = await open(temporary, 'w');
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new EnvironmentError(`Cannot write ${path}: ${reason(cause)}`, { cause });
  }
}

function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC') return 'the disk is full. Free some space, or choose another folder with --out.';
  if (code === 'EACCES' || code === 'EROFS') return 'the folder cannot be written. Choose another with --out.';
  return message;
}
