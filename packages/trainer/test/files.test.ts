import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EnvironmentError } from '@dilated-unet/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadCheckpoint, saveCheckpoint } from '../src/checkpoint.ts';
import { removeUnfinishedFiles, writeFileAtomically } from '../src/files.ts';
import { smallRun } from './support/training.ts';

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

/** A file system of 64 KiB, where this user may mount one. */
function smallDisk(): string | null {
  const place = join(folder, 'disk');
  mkdirSync(place);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', place], { stdio: 'ignore' });
    return place;
  } catch {
    return null;
  }
}

describe('on a full disk', () => {
  test('the last good checkpoint stays, and the message says what to do', async ({ skip }) => {
    const disk = smallDisk();
    if (disk === null) {
      skip('mounting a small file system needs root');
      return;
    }
    try {
      const path = join(disk, 'last.safetensors');
      const weights = (count: number) =>
        new Map([['w', { shape: [count], data: new Float32Array(count).fill(count) }]]);
      const checkpoint = { config: smallRun(), epoch: 1, best: null, stopping: null, average: null };
      await saveCheckpoint(path, { ...checkpoint, state: weights(100) });
      await expect(saveCheckpoint(path, { ...checkpoint, epoch: 2, state: weights(100_000) })).rejects.toThrow(
        'the disk is full',
      );
      expect(await readdir(disk)).toEqual(['last.safetensors']);
      expect(await loadCheckpoint(path)).toMatchObject({ epoch: 1 });
    } finally {
      execFileSync('umount', [disk]);
    }
  });
});
