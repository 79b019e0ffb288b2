import { readdirSync, readFileSync } from 'node:fs';
import type * as files from 'node:fs/promises';
import { join } from 'node:path';
import { EnvironmentError } from '@dilated-unet/core';
import { expect, test, vi } from 'vitest';
import { createFolder, writeFileAtomically } from '../../src/index.ts';
import { temporaryFolder } from '../support/temporary.ts';

/** What the file system answers when a folder is flushed. */
const answer = vi.hoisted(() => ({ code: '' }));
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof files>();
  const open = async (...args: Parameters<typeof real.open>): Promise<files.FileHandle> => {
    const file = await real.open(...args);
    if (!(await file.stat()).isDirectory()) return file;
    const error = Object.assign(new Error(`${answer.code}: fsync`), { code: answer.code, syscall: 'fsync' });
    return Object.assign(file, { sync: () => Promise.reject(error) });
  };
  return { ...real, open };
});

test.each(['EINVAL', 'EBADF'])('a file system that flushes no folder (%s) takes files and folders', async (code) => {
  answer.code = code;
  const room = temporaryFolder();
  await writeFileAtomically(join(room, 'a.txt'), 'whole');
  await createFolder(join(room, 'new'), (folder) => writeFileAtomically(join(folder, 'b.txt'), 'whole'));
  expect(readdirSync(room).sort()).toEqual(['a.txt', 'new']);
  expect(readFileSync(join(room, 'new', 'b.txt'), 'utf8')).toBe('whole');
});

test('a folder that a disk fails to flush is an error', async () => {
  answer.code = 'EIO';
  await expect(writeFileAtomically(join(temporaryFolder(), 'a.txt'), 'x')).rejects.toThrow(EnvironmentError);
});
