import { readdirSync, writeFileSync } from 'node:fs';
import type * as fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { withLock } from '../../src/files/lock.ts';
import { temporaryFolder } from '../support/temporary.ts';

/** As on exFAT. */
vi.mock('node:fs', async (original) => ({
  ...(await original<typeof fs>()),
  linkSync: () => {
    throw Object.assign(new Error('EPERM: operation not permitted, link'), { code: 'EPERM', syscall: 'link' });
  },
}));

test('work under one lock never overlaps, and nothing is left of it', async () => {
  const folder = temporaryFolder();
  let running = 0;
  const overlaps: number[] = [];
  const work = async (): Promise<void> => {
    overlaps.push(++running);
    await sleep(30);
    running--;
  };
  await Promise.all([1, 2, 3].map(() => withLock(join(folder, 'lock'), work)));
  expect(overlaps).toEqual([1, 1, 1]);
  expect(readdirSync(folder)).toEqual([]);
});

test('a lock that was left is taken over, and one whose name is being given is waited for', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'lock');
  writeFileSync(path, 'left by a process that has ended');
  expect(await withLock(path, () => Promise.resolve('done'))).toBe('done');
  // Another process looks whether the name is free, and gives it.
  writeFileSync(`${path}.guard`, '');
  const waiting = withLock(path, () => Promise.resolve(), { signal: AbortSignal.timeout(500) });
  await expect(waiting).rejects.toThrow(/abort/i);
  expect(readdirSync(folder)).toEqual(['lock.guard']);
});
