import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
// eslint-disable-next-line no-restricted-imports -- plain JavaScript: Nx loads it before anything is built
import { isThere } from '../../nx/kept-outputs.js';
import { ROOT, startNx } from '../support/nx.ts';

const folder = mkdtempSync(join(tmpdir(), 'dilated-unet-outputs-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A folder with these files; a path may have one folder in it. */
function tree(name: string, files: Readonly<Record<string, string>>): string {
  for (const [path, text] of Object.entries({ 'sub/b': 'b', ...files })) {
    mkdirSync(join(folder, name, path, '..'), { recursive: true });
    writeFileSync(join(folder, name, path), text);
  }
  return join(folder, name);
}

test('an output is kept where all its files are there, byte for byte', () => {
  const cached = tree('cached', { a: 'one' });
  expect(isThere(cached, tree('same', { a: 'one' }))).toBe(true);
  expect(isThere(cached, tree('more', { a: 'one', 'sub/c': 'c' }))).toBe(true);
  expect(isThere(cached, tree('other', { a: 'two' }))).toBe(false);
  expect(isThere(cached, tree('less', {}))).toBe(false);
  expect(isThere(cached, tree('deep', { a: 'one', 'sub/b': 'B' }))).toBe(false);
  expect(isThere(cached, tree('folder', { 'a/x': 'one' }))).toBe(false);
  expect(isThere(cached, join(folder, 'nothing'))).toBe(false);
  expect(isThere(join(folder, 'nothing'), cached)).toBe(false);
});

test('Nx leaves what was built as it is', async () => {
  const build = async (): Promise<string> => {
    const { ended } = startNx(['npx', 'nx', 'run', 'core:build'], 'data:text/javascript,');
    const { code, output } = await ended;
    expect(code, output).toBe(0);
    return output;
  };
  await build();
  const writtenAt = (): number => statSync(`${ROOT}packages/core/dist/index.js`).ctimeMs;
  const before = writtenAt();
  expect(await build()).toContain('from the cache');
  expect(writtenAt()).toBe(before);
});
