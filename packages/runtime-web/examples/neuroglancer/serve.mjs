/**
 * Serves the folder of an OME-Zarr to Neuroglancer and prints the link that opens it there:
 *
 *     node packages/runtime-web/examples/neuroglancer/serve.mjs cells.zarr
 *
 * @module
 */
import { createReadStream, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { basename, join, resolve, sep } from 'node:path';

const NEUROGLANCER = 'https://neuroglancer-demo.appspot.com/';

const folder = resolve(process.argv[2] ?? '.');
const { attributes } = JSON.parse(await readFile(join(folder, 'zarr.json'), 'utf8'));
const isLabels = attributes?.ome?.['image-label'] !== undefined;
const name = basename(folder);

const server = createServer((request, response) => {
  response.setHeader('Access-Control-Allow-Origin', '*');
  response.setHeader('Access-Control-Allow-Headers', 'Range');
  response.setHeader('Access-Control-Expose-Headers', 'Content-Range');
  if (request.method === 'OPTIONS') return response.writeHead(204).end();
  const path = resolve(folder, `.${decodeURIComponent(request.url ?? '/').slice(name.length + 1)}`);
  // Chunks that were never written are not there, which is no error.
  const file = path.startsWith(folder + sep) ? statSync(path, { throwIfNoEntry: false }) : undefined;
  if (file === undefined || !file.isFile()) return response.writeHead(404).end();
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  if (first === undefined) {
    response.writeHead(200, { 'Content-Length': file.size });
    return createReadStream(path).pipe(response);
  }
  const [start, end] = [Number(first), Math.min(last ? Number(last) : Infinity, file.size - 1)];
  if (start > end) return response.writeHead(416, { 'Content-Range': `bytes */${file.size}` }).end();
  response.writeHead(206, { 'Content-Length': end - start + 1, 'Content-Range': `bytes ${start}-${end}/${file.size}` });
  return createReadStream(path, { start, end }).pipe(response);
});
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  const state = {
    layout: 'xy',
    layers: [
      {
        type: isLabels ? 'segmentation' : 'image',
        name,
        source: `zarr3://http://127.0.0.1:${server.address().port}/${encodeURIComponent(name)}/`,
      },
    ],
  };
  process.stdout.write(`${NEUROGLANCER}#!${encodeURIComponent(JSON.stringify(state))}\n`);
});
