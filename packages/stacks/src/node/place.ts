import type { Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { InvalidImageError } from '@dilated-unet/core';
import { reason } from '@dilated-unet/host';
import type { FilePlace, FolderPlace, Place } from '../formats/format.ts';
import { sectionNames } from '../formats/sections.ts';
import { fileBytes } from './file.ts';

/** What `where` names: a file, a folder, or the files of a folder that a pattern such as `slices/s*.png` matches. */
export async function placeOf(where: string): Promise<Place> {
  const status = await stat(where).catch(() => undefined);
  if (status?.isDirectory() === true) return folderPlace(where, where);
  const pattern = path.basename(where);
  if (status !== undefined || !/[*?]/.test(pattern)) return filePlace(where, status);
  return folderPlace(where, path.dirname(where), matcher(pattern));
}

/** The files that the stack at `where` is made of, in order of z; none where there is none. */
export async function stackFiles(where: string): Promise<string[]> {
  const place = await placeOf(where);
  if (place.kind === 'file') return (await stat(where).catch(() => undefined)) === undefined ? [] : [where];
  const names = await place.list().catch(() => []);
  return sectionNames(names).map((name) => place.file(name).name);
}

function filePlace(file: string, status?: Stats): FilePlace {
  return { kind: 'file', name: file, open: () => fileBytes(file, status) };
}

function folderPlace(name: string, folder: string, wanted = /^/): FolderPlace {
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
  };
}

/** `*` stands for any characters and `?` for one, in the name of the file. */
function matcher(pattern: string): RegExp {
  const escaped = pattern.replace(/[\\^$.+()[\]{}|]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`);
}
