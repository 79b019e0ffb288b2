import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { mountTmpfs } from '../../../host/test/support/tmpfs.ts';
import { loadCheckpoint, saveCheckpoint } from '../../src/run/checkpoint.ts';
import { smallRun } from '../support/training.ts';

test('on a full disk the last good checkpoint stays, and the message says what to do', async ({ skip }) => {
  const disk = mountTmpfs('64k');
  if (disk === undefined) {
    skip('mounting a small file system needs root');
    return;
  }
  try {
    const path = join(disk.path, 'last.safetensors');
    const weights = (count: number) => new Map([['w', { shape: [count], data: new Float32Array(count).fill(count) }]]);
    const checkpoint = { config: smallRun(), data: null, epoch: 1, best: null, stopping: null };
    await saveCheckpoint(path, { ...checkpoint, state: weights(100) });
    await expect(saveCheckpoint(path, { ...checkpoint, epoch: 2, state: weights(100_000) })).rejects.toThrow(
      'no space is left on the disk',
    );
    expect(await readdir(disk.path)).toEqual(['last.safetensors']);
    expect(await loadCheckpoint(path)).toMatchObject({ epoch: 1 });
  } finally {
    disk.remove();
  }
});
