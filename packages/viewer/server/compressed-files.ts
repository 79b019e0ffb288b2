import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Connect } from 'vite';
import sirv from 'sirv';

/** Vite's server compresses text as it sends it; WebAssembly is megabytes, and is compressed once. */
const isCompressed = (path: string): boolean => path.endsWith('.wasm');

/** Writes a `.gz` beside each WebAssembly file of a built page; web servers know such files too (nginx: gzip_static). */
export async function compressFiles(page: string): Promise<void> {
  const files = await readdir(page, { recursive: true });
  for (const file of files.filter(isCompressed)) {
    const path = join(page, file);
    await writeFile(`${path}.gz`, await promisify(gzip)(await readFile(path), { level: 9 }));
  }
}

/** Answers with these files, compressed where the browser takes that; everything else is left to the next. */
export function compressedFiles(page: string, headers: Readonly<Record<string, string>>): Connect.NextHandleFunction {
  const answer = sirv(page, {
    gzip: true,
    etag: true,
    setHeaders: (response) => {
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    },
  });
  return (request, response, next) => {
    const [path = ''] = (request.url ?? '').split('?');
    if (isCompressed(path)) answer(request, response, next);
    else next();
  };
}
