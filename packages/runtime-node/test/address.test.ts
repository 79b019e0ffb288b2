import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { section } from '@dilated-unet/core';
import { writeSections } from '@dilated-unet/stacks/node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../../stacks/test/support/folder.ts';
import { noiseStack } from '../../stacks/test/support/images.ts';
import { model } from './support/models.ts';
import { runJob } from './support/segment-job.ts';

const folder = temporaryFolder();
const stack = noiseStack(64, 48, 2);
let address = '';

/** Sends files of the folder to whoever has a token; at /download, the one that the query names. */
const server = createServer((request, response) => {
  const url = new URL(request.url ?? '', 'http://localhost');
  try {
    if (!url.searchParams.has('token')) throw new Error('no token');
    const name = url.searchParams.get('file') ?? decodeURIComponent(url.pathname);
    const file = readFileSync(path.join(folder.path, name));
    response.writeHead(200).end(file);
  } catch {
    response.writeHead(404).end();
  }
});
beforeAll(async () => {
  writeFileSync(folder.file('model.onnx'), model());
  await writeSections(folder.file('volume.zarr'), [section(stack, 0), section(stack, 1)]);
  await writeSections(folder.file('a.tif'), [section(stack, 0), section(stack, 1)]);
  await writeSections(folder.file('b.tif'), [section(stack, 1), section(stack, 0)]);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/volume.zarr`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

test('a token is sent, and stands neither in the plan nor in the preview: a run goes on with a new one', async () => {
  const part = (i: number, token: string) =>
    runJob(folder.path, [
      ...['--model', 'model.onnx', '--device', 'cpu', '--threads', '1', '--part', `${i}/2`, '--preview', 'look'],
      ...['--input', `${address}?token=${token}`, '--output', 'mask.tif'],
    ]);
  await part(1, 'secret1');
  expect(readFileSync(folder.file('mask.tif.parts/plan.json'), 'utf8')).toContain(`"${address}"`);
  const { said, notes } = await part(2, 'secret2');
  expect(said).toMatch(/^wrote/);
  const page = readFileSync(folder.file('look/index.html'), 'utf8');
  expect(page).toContain(address);
  expect(page + notes.join() + said).not.toContain('secret');
});

test('symmetries are averaged of sections that are read part by part', async () => {
  const tall = noiseStack(16, 1100, 1);
  await writeSections(folder.file('tall.zarr'), [section(tall, 0)]);
  const flags = ['--model', 'model.onnx', '--device', 'cpu', '--threads', '1', '--symmetries', '--tile', '512'];
  const { origin } = new URL(address);
  await runJob(folder.path, [...flags, '--input', `${origin}/tall.zarr?token=secret`, '--output', 'far.tif']);
  await runJob(folder.path, [...flags, '--input', 'tall.zarr', '--output', 'near.tif']);
  expect(readFileSync(folder.file('far.tif'))).toEqual(readFileSync(folder.file('near.tif')));
});

test('files that the query alone tells apart are two inputs, and the plan does not tell the query', async () => {
  const { origin } = new URL(address);
  const part = (i: number, query: string) =>
    runJob(folder.path, [
      ...['--model', 'model.onnx', '--device', 'cpu', '--threads', '1', '--part', `${i}/2`],
      ...['--input', `${origin}/download?${query}`, '--output', 'one.tif'],
    ]);
  await part(1, 'file=a.tif&token=secret1');
  expect(readFileSync(folder.file('one.tif.parts/plan.json'), 'utf8')).not.toMatch(/secret|a\.tif/);
  await expect(part(2, 'file=b.tif&token=secret1')).rejects.toThrow(/the query .* of the `input` differs/);
  expect((await part(2, 'token=secret2&file=a.tif')).said).toMatch(/^wrote/);
});
