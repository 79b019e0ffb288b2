import type { Stats } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { InvalidImageError } from '@dilated-unet/core';
import { reason } from '@dilated-unet/host';
import type { ByteSource } from '../bytes.ts';

/** Bytes of one read: Node reads at most 2 GiB in one call, and between two of them the signal is heard. */
const CHUNK_BYTES = 2 ** 26;

/**
 * The file at `path` as a source. Close it.
 *
 * @param known what `stat` says of it, where that was asked already.
 * @throws InvalidImageError when it cannot be read.
 */
export async function fileBytes(path: string, known?: Stats): Promise<ByteSource> {
  const fail = (cause: unknown): InvalidImageError =>
    new InvalidImageError(`${path} cannot be read: ${reason(cause)}. Check the path.`, { cause });
  let file: FileHandle;
  let byteLength: number;
  try {
    // Before it is opened: to open a pipe waits for whoever writes into it.
    const status = known ?? (await stat(path));
    if (!status.isFile()) throw new Error(`it is ${status.isDirectory() ? 'a folder' : 'not a regular file'}`);
    byteLength = status.size;
    file = await open(path);
  } catch (cause) {
    throw fail(cause);
  }
  return {
    byteLength,
    slice: async (start, end, { signal, into } = {}) => {
      const bytes = into ?? unset(end - start);
      for (let at = 0; at < bytes.length;) {
        signal?.throwIfAborted();
        const length = Math.min(CHUNK_BYTES, bytes.length - at);
        const { bytesRead } = await file.read(bytes, at, length, start + at).catch((cause: unknown) => {
          throw fail(cause);
        });
        if (bytesRead === 0) throw fail(new Error('it became shorter while it was read'));
        at += bytesRead;
      }
      signal?.throwIfAborted();
      return bytes;
    },
    close: () => file.close(),
  };
}

/** Memory of `length` bytes that may hold anything: to fill it with zeros takes as long as to read a file into it. */
function unset(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
}
