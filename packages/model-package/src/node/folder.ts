import { realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { InvalidPackageError } from '@dilated-unet/core';
import { readBytes } from '@dilated-unet/host';
import { requireFileName } from '../package/file-name.ts';
import type { PackageFiles } from '../package/files.ts';

/** The files of a package's folder. Links are followed inside of it. */
export async function folderFiles(folder: string): Promise<PackageFiles> {
  const root = await realpath(folder);

  /** Where `name` lies; undefined where there is nothing. */
  const place = async (name: string): Promise<string | undefined> => {
    requireFileName(name, name);
    const path = await realpath(join(root, name)).catch(() => undefined);
    if (path === undefined) return undefined;
    if (!path.startsWith(root.endsWith(sep) ? root : root + sep)) {
      throw new InvalidPackageError(
        name,
        'must lie in the folder of the package; it is a link that leads out of it',
        path,
      );
    }
    return path;
  };

  return {
    has: async (name) => (await place(name)) !== undefined,
    async read(name, most) {
      const path = await place(name);
      const found = path === undefined ? undefined : await stat(path);
      if (path === undefined || found === undefined) {
        throw new InvalidPackageError(name, 'must be in the package; it is missing');
      }
      if (!found.isFile()) throw new InvalidPackageError(name, 'must be a regular file');
      if (found.size > most) throw new InvalidPackageError(name, `must have at most ${most} bytes`, found.size);
      return readBytes(path, (message, cause) => {
        return new InvalidPackageError(name, `must be a file that can be read: ${message}`, undefined, { cause });
      });
    },
  };
}
