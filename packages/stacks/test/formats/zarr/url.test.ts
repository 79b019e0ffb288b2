import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EnvironmentError, InvalidImageError } from '@dilated-unet/core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { encodeTiffStack, openPlace, readWhole, urlPlace } from '../../../src/index.ts';
import { labelsIn, openStack } from '../../../src/node/index.ts';
import { expectedStack } from '../../support/fixtures.ts';
import { expectSameStack } from '../../support/stacks.ts';

const FIXTURES = new URL('fixtures/', import.meta.url);
let address = '';
let requests: string[] = [];
let tiff: Uint8Array;

/** Sends what lies below the first part of the path, which says how: with or without ranges, or in an odd way. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '', 'http://localhost');
  const [, how = '', path = ''] = /^\/([^/]+)\/(.*)$/.exec(url.pathname) ?? [];
  requests.push(`${path}${url.search}${request.headers.range === undefined ? '' : ` ${request.headers.range}`}`);
  if (how === 'hangs' && path.includes('/c/')) return;
  let file: Uint8Array;
  try {
    file = path === 'stack.tif' ? tiff : readFileSync(new URL(decodeURIComponent(path), FIXTURES));
  } catch {
    if (how === 'lists') return void response.writeHead(200).end('<html>a page that lists the folder</html>');
    return void response.writeHead(how === 'forbids' ? 403 : 404).end();
  }
  const [, first, last] = /bytes=(\d*)-(\d*)/.exec(request.headers.range ?? '') ?? [];
  if (how === 'whole' || first === undefined || last === undefined) return void response.writeHead(200).end(file);
  const start = first === '' ? file.length - Number(last) : Number(first);
  const end = first === '' || last === '' ? file.length : Math.min(Number(last) + 1, file.length);
  const sent = how === 'short' && path.includes('/c/') ? end - 1 : end;
  response.writeHead(206, { 'Content-Range': `bytes ${start}-${end - 1}/${file.length}` });
  response.end(file.subarray(start, sent));
}

const server = createServer(answer);
beforeAll(async () => {
  tiff = await encodeTiffStack(expectedStack('uint8'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => (requests = []));
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe.each(['ranges', 'whole'])('from a server: %s', (how) => {
  it.each([
    'v2/nested.zarr',
    'v2/gzip.zarr',
    'v3/zstd.zarr',
    'v3/sharded.zarr',
    'v3/sharded-start.zarr',
    'ome/v04.ome.zarr',
    'ome/v05.ome.zarr/',
  ])('%s', async (path) => {
    const source = await openPlace(urlPlace(`${address}/${how}/${path}`));
    expectSameStack(await readWhole(source), expectedStack(source.dtype));
  });

  it('a TIFF at an address', async () => {
    const source = await openStack(`${address}/${how}/stack.tif`);
    expectSameStack(await readWhole(source), expectedStack('uint8'));
  });
});

it('of a shard the table and the chunks that are needed', async () => {
  const source = await openStack(`${address}/ranges/v3/sharded.zarr`);
  requests = [];
  await source.read(1, { x: 12, y: 7, width: 2, height: 2 });
  expect(requests).toEqual([
    expect.stringMatching(/^v3\/sharded\.zarr\/c\/0\/0\/1 bytes=-68$/),
    expect.stringMatching(/^v3\/sharded\.zarr\/c\/0\/0\/1 bytes=\d+-\d+$/),
  ]);
});

it('a query is sent with each file, and stands in no message', async () => {
  const source = await openStack(`${address}/ranges/v3/zstd.zarr?token=1`);
  await source.read(0, { x: 0, y: 0, width: 1, height: 1 });
  expect(requests.every((request) => request.includes('?token=1'))).toBe(true);
  expect(requests).toContain('v3/zstd.zarr/c/0/0/0?token=1');
  for (const path of ['ranges/nothing.zarr', 'short/v3/sharded.zarr', 'forbids/filled/uint8-v3.zarr']) {
    const failure = openStack(`${address}/${path}?token=1#here`).then((one) => readWhole(one));
    const { message } = (await failure.catch((error: unknown) => error)) as Error;
    expect(message).toContain(`${address}/${path}`);
    expect(message).not.toMatch(/token|here/);
  }
});

it('labels by their name lie before the query', async () => {
  const labels = await labelsIn(`${address}/ranges/ome/v05.ome.zarr/?token=1`, 'cells');
  expect(labels).toBe(`${address}/ranges/ome/v05.ome.zarr/labels/cells?token=1`);
  const { data } = await readWhole(await openStack(labels, { labels: true }));
  expect([...data]).toEqual([...expectedStack('uint8').data].map((value) => (value > 99 ? 1 : 0)));
});

describe('odd servers', () => {
  it.each(['v2/nested.zarr', 'v2/gzip.zarr', 'ome/v04.ome.zarr', 'ome/v05.ome.zarr'])(
    'one that forbids what is missing: metadata that lack a file are read: %s',
    async (path) => {
      const source = await openStack(`${address}/forbids/${path}`);
      expectSameStack(await readWhole(source), expectedStack(source.dtype));
    },
  );

  it('one that forbids what is missing: a group without any metadata may be there', async () => {
    const labels = labelsIn(`${address}/forbids/ome/v04.ome.zarr`, 'cells');
    await expect(labels).rejects.toThrow(/labels\/zarr\.json: the server answers 403 \(forbidden\)\. It may answer so/);
  });

  it('one that forbids what is missing: the metadata are found, a chunk is not taken for missing', async () => {
    const source = await openStack(`${address}/forbids/filled/uint8-v3.zarr`);
    await expect(readWhole(source)).rejects.toThrow(
      /c\/0\/0\/0: the server answers 403 \(forbidden\)\. It may answer so/,
    );
  });

  it('one that sends less', async () => {
    const source = await openStack(`${address}/short/v3/sharded.zarr`);
    await expect(readWhole(source)).rejects.toThrow(/asked for 68 bytes, the server answers with 67/);
  });

  it('one that has nothing', async () => {
    await expect(openStack(`${address}/ranges/nothing.zarr`)).rejects.toThrow(InvalidImageError);
    await expect(openStack(`${address}/ranges/nothing.zarr`)).rejects.toThrow(/nothing\.zarr: the server answers 404/);
  });

  it('one that cannot be reached', async () => {
    await expect(openStack('http://127.0.0.1:1/a.zarr')).rejects.toThrow(EnvironmentError);
  });

  it('one that hangs: the signal stops the request', async () => {
    const source = await openStack(`${address}/hangs/v3/zstd.zarr`);
    const signal = AbortSignal.timeout(50);
    await expect(source.read(0, { x: 0, y: 0, width: 1, height: 1 }, { signal })).rejects.toThrow(/timeout/);
  });
});
