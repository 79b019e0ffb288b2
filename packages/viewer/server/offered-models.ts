import { createReadStream, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import { openModel } from '@dilated-unet/model-package';

/** A model that the page offers. */
export interface OfferedFile {
  /** File name, under which the page gets it. */
  readonly name: string;
  readonly path: string;
  /** On which images it works, in a few words. */
  readonly about: string;
}

const { resolve } = createRequire(import.meta.url);

/** Those in the box; the first one belongs to the sections that the page opens with. */
const IN_THE_BOX: readonly OfferedFile[] = [
  { name: 'phantom.zip', path: resolve('@dilated-unet/models/phantom.zip'), about: 'the phantom' },
  { name: 'isbi-2012.zip', path: resolve('@dilated-unet/models/isbi-2012.zip'), about: 'neuropil, 4 nm pixels' },
];

/** The models that a page offers. @param own the user's, which the page starts with. */
export function offeredModels(own: string | undefined): readonly OfferedFile[] {
  if (own === undefined) return IN_THE_BOX;
  return [
    { name: basename(own), path: own, about: 'your model' },
    ...IN_THE_BOX.filter(({ name }) => name !== basename(own)),
  ];
}

/**
 * What the page reads as models.json.
 *
 * @throws InvalidModelError when a file is no model.
 */
export async function modelList(models: readonly OfferedFile[]): Promise<string> {
  const entries = models.map(async ({ name, path, about }) => {
    const { terms } = await openModel(readFileSync(path));
    return { name, about, terms, url: `models/${encodeURIComponent(name)}` };
  });
  return JSON.stringify({ models: await Promise.all(entries) });
}

/** Bytes of a file, all or those of a `Range` header, as an answer to a request. */
export function fileAnswer(
  path: string,
  range: string | undefined,
): {
  readonly status: number;
  readonly headers: Record<string, string | number>;
  readonly body: () => NodeJS.ReadableStream;
} {
  const { size } = statSync(path);
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(range ?? '') ?? [];
  const headers = { 'Content-Type': 'application/octet-stream', 'Accept-Ranges': 'bytes' };
  if (from === '' && to === '')
    return { status: 200, headers: { ...headers, 'Content-Length': size }, body: () => createReadStream(path) };
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === '' || to === '' ? size - 1 : Math.min(size - 1, Number(to));
  return {
    status: 206,
    headers: { ...headers, 'Content-Range': `bytes ${start}-${end}/${size}`, 'Content-Length': end - start + 1 },
    body: () => createReadStream(path, { start, end }),
  };
}
