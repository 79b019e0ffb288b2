import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createFolder, type Replaceable } from '@dilated-unet/host';
import { modelList, type OfferedFile } from './offered-models.ts';

const [MODELS, LIST] = ['models', 'models.json'];

/**
 * An earlier page, which may be replaced.
 *
 * @param page the folder of the built page.
 * @param options.ofAnyFiles whether it may have files of other names than the built page.
 */
export async function earlierPage(
  page: string,
  { ofAnyFiles }: { readonly ofAnyFiles: boolean },
): Promise<Replaceable> {
  const names = new Set([...(await readdir(page)), MODELS, LIST]);
  return { what: 'a page that was written before', mark: LIST, owns: (name) => ofAnyFiles || names.has(name) };
}

/**
 * Writes the built page with `models` beside it as static files. It appears when it is whole; a page that was written before gives
 * way only then.
 *
 * @param page the folder of the built page.
 * @param out a new folder, an empty one or one that is replaced.
 * @param replaces what may be at `out` else.
 * @throws what `createFolder` of host throws where there is something else.
 */
export async function writePage(
  page: string,
  models: readonly OfferedFile[],
  out: string,
  replaces: Replaceable,
): Promise<void> {
  await createFolder(
    out,
    async (folder) => {
      for (const entry of await readdir(page, { recursive: true, withFileTypes: true })) {
        const from = join(entry.parentPath, entry.name);
        if (entry.isFile()) await write(join(folder, from.slice(page.length)), await readFile(from));
      }
      for (const { name, path } of models) await write(join(folder, MODELS, name), await readFile(path));
      await write(join(folder, LIST), await modelList(models));
    },
    replaces,
  );
}

async function write(path: string, content: Uint8Array | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content, { flush: true });
}
