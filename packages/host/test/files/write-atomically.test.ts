import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EnvironmentError } from '@dilated-unet/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeUnfinishedFiles, writeFileAtomically } from '../../src/files/write-atomically.ts';
import { mountTmpfs } from '../support/tmpfs.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dilated-unet-files-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('a file is written under its name alone', async () => {
  const path = join(folder, 'a.txt');
  await writeFileAtomically(path, 'one');
  await writeFileAtomically(path, 'two');
  expect(await readFile(path, 'utf8')).toBe('two');
  expect(await readdir(folder)).toEqual(['a.txt']);
});

test('a place that does not exist is an error that names it', async () => {
  const path = join(folder, 'missing/a.txt');
  await expect(writeFileAtomically(path, 'one')).rejects.toThrow(EnvironmentError);
  await expect(writeFileAtomically(path, 'one')).rejects.toThrow(`Cannot write ${path}`);
});

test('what stood under the name stays when the new file cannot take it', async () => {
  // A file cannot be renamed to a folder.
  await mkdir(join(folder, 'a.txt'));
  await expect(writeFileAtomically(join(folder, 'a.txt'), 'new')).rejects.toThrow(EnvironmentError);
  expect(await readdir(folder)).toEqual(['a.txt']);
});

test('what a killed process left unfinished is removed, in folders too, and nothing else', async () => {
  await mkdir(join(folder, 'checkpoints'));
  const kept = ['checkpoints/last.safetensors', 'log.csv', 'novel.part', 'novel.2.part'];
  const unfinished = ['log.csv', 'checkpoints/last.safetensors'].map((path) => `${path}.${randomUUID()}.part`);
  for (const file of [...kept, ...unfinished]) await writeFile(join(folder, file), 'x');
  await removeUnfinishedFiles(folder);
  expect((await readdir(folder, { recursive: true })).sort()).toEqual(['checkpoints', ...kept].sort());
});

test('on a full disk the file that was there stays, and the message says what to do', async ({ skip }) => {
  const disk = mountTmpfs('64k');
  if (disk === undefined) {
    skip('mounting a small file system needs root');
    return;
  }
  try {
    const path = join(disk.path, 'a.bin');
    await writeFileAtomically(path, new Uint8Array(400).fill(1));
    await expect(writeFileAtomically(path, new Uint8Array(400_000))).rejects.toThrow('the disk is full');
    expect(await readdir(disk.path)).toEqual(['a.bin']);
    expect((await readFile(path)).every((byte) => byte === 1)).toBe(true);
  } finally {
    disk.remove();
  }
});
