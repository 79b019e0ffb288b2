import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';

/** Node reads at most 2 GiB in one call; stacks are larger. */
const CHUNK_BYTES = 2 ** 28;

/**
 * The bytes of the file at `path`.
 *
 * @param fail makes the error to throw from a message that begins with the path.
 */
export async function readBytes(
  path: string,
  fail: (message: string, cause: unknown) => Error,
): Promise<Uint8Array<ArrayBuffer>> {
  let file: FileHandle | undefined;
  try {
    file = await open(path);
    const stat = await file.stat();
    if (!stat.isFile()) throw new Error(`it is ${stat.isDirectory() ? 'a folder' : 'not a regular file'}`);
    const bytes = new Uint8Array(stat.size);
    for (let at = 0; at < bytes.length;) {
      const { bytesRead } = await file.read(bytes, at, Math.min(CHUNK_BYTES, bytes.length - at));
      if (bytesRead === 0) throw new Error('it became shorter while it was read');
      at += bytesRead;
    }
    return bytes;
  } catch (cause) {
    throw fail(`${path} cannot be read: ${reason(cause)}. Check the path.`, cause);
  } finally {
    await file?.close();
  }
}

/** SHA-256 of the file at `path`, hexadecimal. */
export function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

/** What went wrong with a file, in the user's words where the system has a code for it. */
export function reason(error: unknown): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOENT':
      return 'there is no such file or folder';
    case 'ENOTDIR':
      return 'a part of the path is not a folder';
    case 'EACCES':
    case 'EPERM':
      return 'permission denied';
    case 'EISDIR':
      return 'it is a folder';
    case 'ENOTEMPTY':
      return 'the folder is not empty';
    case 'ENAMETOOLONG':
      return 'the name is too long (file systems take 255 bytes)';
    case 'ELOOP':
      return 'it is a link that leads to itself';
    case 'EROFS':
      return 'the file system is read-only';
    case 'ENOSPC':
      return 'no space is left on the disk';
    case 'EDQUOT':
    case 'EFBIG':
      return 'it would take more space than this user may use';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}
