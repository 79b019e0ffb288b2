import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Content } from './mutations/zarr/zarr.ts';

/** Writes `files` by their paths in `folder`; what cannot lie there, as a file in the place of a folder, is left out. */
export async function writeContents(folder: string, files: ReadonlyMap<string, Content>): Promise<void> {
  for (const [path, content] of files) {
    const file = join(folder, path);
    try {
      await mkdir(dirname(file), { recursive: true });
      if (content === null) await mkdir(file, { recursive: true });
      else await (typeof content === 'string' ? symlink(content, file) : writeFile(file, content));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (!['EEXIST', 'ENOTDIR', 'EISDIR', 'ELOOP', 'ENOENT'].includes(code ?? '')) throw error;
    }
  }
}
