import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';
import { afterAll, expect, test } from 'vitest';
import { pageConfig } from '../server/page-config.ts';

const folder = mkdtempSync(join(tmpdir(), 'dilated-unet-page-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('the page carries the licences of what is bundled into it and into its workers', async () => {
  await build(pageConfig(folder));
  const text = readFileSync(join(folder, 'THIRD-PARTY-LICENSES.txt'), 'utf8');
  // Of the page; of its workers, with WebAssembly and without.
  for (const name of ['preact', 'onnxruntime-web', '@cornerstonejs/codec-openjpeg', 'zstddec', 'yaml', '@noble/hashes'])
    expect(text).toMatch(new RegExp(`^${name} \\d`, 'm'));
  expect(text).toContain('Copyright (c) 2015-present Jason Miller');
  expect(text).not.toMatch(/^@dilated-unet/m);
});
