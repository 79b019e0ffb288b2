import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'vite';
import { beforeAll, expect, it } from 'vitest';
import { openStack } from '../../src/node/index.ts';
import { temporaryFolder } from '../support/folder.ts';

const folder = temporaryFolder();
const WIDTH = 16_384;
const PROGRAM = fileURLToPath(new URL('../../.cache/large-write/write-large.js', import.meta.url));

beforeAll(() =>
  build({
    configFile: false,
    logLevel: 'silent',
    resolve: { conditions: ['@dilated-unet/source'] },
    ssr: { resolve: { conditions: ['@dilated-unet/source'] }, noExternal: true, external: ['sharp'] },
    build: {
      ssr: fileURLToPath(new URL('../support/write-large.ts', import.meta.url)),
      outDir: fileURLToPath(new URL('../../.cache/large-write/', import.meta.url)),
      target: 'node20',
    },
  }),
);

it.each([
  ['uint8', 'a.tif', 16_384, 150e6],
  ['float32', 'b.tif', 8192, 150e6],
  ['uint8', 'a.zarr', 16_384, 200e6],
  ['float32', 'b.zarr', 8192, 300e6],
  // The section, and what sharp takes; more pixels than it takes of a file unless it is told to.
  ['uint8', 'a.png', 16_384, 400e6],
])('%s, %s of 16384 x %i: written in less than %i bytes', async (dtype, name, height, most) => {
  const path = folder.file(name);
  const { stdout } = await promisify(execFile)(process.execPath, [
    PROGRAM,
    path,
    dtype,
    String(WIDTH),
    String(height),
    '832',
  ]);
  const { taken } = JSON.parse(stdout) as { taken: number };
  expect(taken).toBeLessThan(most);
  const source = await openStack(path);
  expect(source).toMatchObject({ shape: [1, height, WIDTH], dtype });
  const { data } = await source.read(0, { x: 0, y: 831, width: WIDTH, height: 2 });
  expect(data.every((value) => value === 1)).toBe(true);
  const last = await source.read(0, { x: 0, y: height - 1, width: WIDTH, height: 1 });
  expect(last.data.every((value) => value === 1)).toBe(true);
  await source.close?.();
});
