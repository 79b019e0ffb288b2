import type { Stats } from 'node:fs';
import { readdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { InvalidImageError } from '@dilated-unet/core';
import { deadLink, reason } from '@dilated-unet/host';
import type { FilePlace, FolderPlace, PartOptions } from '../formats/format.ts';
import { innerNames, tooLong } from '../inner-path.ts';
import { fileBytes } from './file.ts';

/** The file at `file`; `status` is what `stat` says of it, where that was asked already. */
export function filePlace(file: string, status?: Stats): FilePlace {
  return { kind: 'file', name: file, open: () => fileBytes(file, status) };
}

/** The files of `folder` whose names match `wanted`, or all; `name` is for messages. */
export function folderPlace(name: string, folder: string, wanted = /^/): FolderPlace {
  return {
    kind: 'folder',
    name,
    async list() {
      try {
        const entries = await readdir(folder, { withFileTypes: true });
        return entries.filter((entry) => !entry.isDirectory() && wanted.test(entry.name)).map((entry) => entry.name);
      } catch (cause) {
        throw new InvalidImageError(`${name} cannot be read: ${reason(cause)}. Check the path.`, { cause });
      }
    },
    file: (file) => filePlace(path.join(folder, file)),
    read: async (inner, options) => readPart(folder, inner, options),
  };
}

/** As `FolderPlace.read`. A link is followed where it stays in the folder: one that leaves it may show any file of the machine. */
async function readPart(
  folder: string,
  inner: string,
  { part, most, signal }: PartOptions,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  signal?.throwIfAborted();
  const file = path.join(folder, ...innerNames(inner));
  const fail = (why: string): InvalidImageError => new InvalidImageError(`${file} cannot be read: ${why}`);
  let [root, real] = ['', ''];
  try {
    [root, real] = await Promise.all([realpath(folder), realpath(file)]);
  } catch (cause) {
    const isMissing = ['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '');
    const link = await deadLink(file);
    if (link !== undefined) throw fail(`it is a link that leads nowhere (${link}). Copy the data again.`);
    if (isMissing) return undefined;
    throw fail(`${reason(cause)}. Check the path.`);
  }
  if (!real.startsWith(root.endsWith(path.sep) ? root : root + path.sep)) {
    throw fail(`it is a link that leaves the folder (${real}). Copy what it leads to into the folder, or name that.`);
  }
  const bytes = await fileBytes(real);
  try {
    const { byteLength } = bytes;
    const { start, end } =
      part === undefined
        ? { start: 0, end: byteLength }
        : 'last' in part
          ? { start: byteLength - part.last, end: byteLength }
          : part;
    if (start < 0 || end > byteLength) {
      throw fail(
        `it has ${byteLength} bytes, and bytes ${start} to ${end} are asked for. It is cut off: copy it again.`,
      );
    }
    if (end - start > most) throw fail(tooLong(most));
    return await bytes.slice(start, end, { signal });
  } finally {
    await bytes.close?.();
  }
}
