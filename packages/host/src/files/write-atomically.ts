import { randomUUID } from 'node:crypto';
import { open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { EnvironmentError } from '@dilated-unet/core';

/** How the name ends under which a file is written until it is whole. */
const UNFINISHED = /\.[\da-f]{8}-[\da-f-]{27}\.part$/;

/**
 * Writes a file so that its name never stands for half of it: a temporary file beside it is written, flushed to disk and
 * renamed, and the renaming is flushed too. What is written later is never on disk without it.
 *
 * @throws EnvironmentError when the disk is full or the place cannot be written; the file that was there stays.
 */
export async function writeFileAtomically(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${path}.${randomUUID()}.part`;
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new EnvironmentError(`Cannot write ${path}: ${reason(cause)}`, { cause });
  }
}

/** Removes what `writeFileAtomically` left unfinished in `folder` and below when its process was killed. */
export async function removeUnfinishedFiles(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    if (entry.isFile() && UNFINISHED.test(entry.name)) await rm(join(entry.parentPath, entry.name), { force: true });
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

function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC') return 'the disk is full. Free some space, or choose another folder with --out.';
  if (code === 'EDQUOT' || code === 'EFBIG') {
    return 'it would take more space than this user may use. Free some, or choose another folder with --out.';
  }
  if (code === 'EACCES' || code === 'EROFS') return 'the folder cannot be written. Choose another with --out.';
  return message;
}
