import { execFile } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'vite';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';
import { DEPTH, MARKED, SIDE, writeLargeTiff } from '../support/large-tiff.ts';

const folder = temporaryFolder();

it('one section of a BigTIFF of 20 GB is read in less than 200 MB', async () => {
  const bytes = writeLargeTiff(folder.file('large.tif'));
  expect(bytes).toBeGreaterThan(20e9);
  await build({
    configFile: false,
    logLevel: 'silent',
    resolve: { conditions: ['@dilated-unet/source'] },
    ssr: { resolve: { conditions: ['@dilated-unet/source'] }, noExternal: true, external: ['sharp'] },
    build: {
      ssr: fileURLToPath(new URL('../support/read-large.ts', import.meta.url)),
      outDir: fileURLToPath(new URL('../../.cache/large/', import.meta.url)),
      target: 'node20',
    },
  });
  const program = fileURLToPath(new URL('../../.cache/large/read-large.js', import.meta.url));
  const args = [program, path.resolve(folder.file('large.tif')), String(MARKED.z)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const told = JSON.parse(stdout) as { shape: number[]; values: number[]; maxRss: number };
  expect(told).toMatchObject({ shape: [DEPTH, SIDE, SIDE], values: [MARKED.value] });
  expect(told.maxRss).toBeLessThan(200e6);
  expect(told.maxRss).toBeGreaterThan(SIDE * SIDE);
});
