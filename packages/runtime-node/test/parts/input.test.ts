import { createHash } from 'node:crypto';
import { statSync, writeFileSync } from 'node:fs';
import type * as files from 'node:fs/promises';
import { expect, test, vi } from 'vitest';
import { temporaryFolder } from '../../../stacks/test/support/folder.ts';
import { filesHash } from '../../src/parts/input.ts';

const folder = temporaryFolder();
const asked = vi.hoisted(() => ({ now: 0, most: 0 }));
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof files>();
  const stat = async (file: string): Promise<unknown> => {
    asked.most = Math.max(asked.most, ++asked.now);
    return real.stat(file).finally(() => asked.now--);
  };
  return { ...real, stat };
});

test('of many files some are asked for at once, and all are in the hash, in their order', async () => {
  const names = Array.from({ length: 600 }, (_, i) => `s${i}.tif`);
  for (const [i, name] of names.entries()) writeFileSync(folder.file(name), 'x'.repeat(i));
  const facts = names.map((name) => {
    const { size, mtimeMs } = statSync(folder.file(name));
    return `${name}\0${size}\0${Math.floor(mtimeMs)}\n`;
  });
  const text = facts.join('');
  expect(await filesHash(`${folder.path}/*.tif`)).toBe(createHash('sha256').update(text).digest('hex'));
  expect(asked.most).toBe(256);
});
