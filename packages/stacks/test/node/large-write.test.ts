import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'vite';
import { beforeAll, expect, it } from 'vitest';
import { openStack } from '../../src/node/index.ts';
import { temporaryFolder } from '../support/folder.ts';

const folder = temporaryFolder();
const SIDE = 16_384;
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
  ['uint8', 'a.tif', 150e6],
  ['float32', 'b.tif', 150e6],
  ['uint8', 'a.zarr', 200e6],
  ['float32', 'b.zarr', 300e6],
  // The section, and what sharp takes; more pixels than it takes of a file unless it is told to.
  ['uint8', 'a.png', 400e6],
])('16384 x 16384 %s are written to %s in less than %i bytes', { timeout: 300_000 }, async (dtype, name, most) => {
  const path = folder.file(name);
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, path, dtype, String(SIDE), '832']);
  const { taken } = JSON.parse(stdout) as { taken: number };
  expect(taken).toBeLessThan(most);
  const source = await openStack(path);
  expect(source).toMatchObject({ shape: [1, SIDE, SIDE], dtype });
  const { data } = await source.read(0, { x: 0, y: 831, width: SIDE, height: 2 });
  expect(data.every((value) => value === 1)).toBe(true);
  const last = await source.read(0, { x: 0, y: SIDE - 1, width: SIDE, height: 1 });
  expect(last.data.every((value) => value === 1)).toBe(true);
  await source.close?.();
});
