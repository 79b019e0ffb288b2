import { readdirSync, writeFileSync } from 'node:fs';
import type * as fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { withLock } from '../../src/files/lock.ts';
import { temporaryFolder } from '../support/temporary.ts';

/** What the file system answers to a link: none, as exFAT; or, as NFS may, that there is one already, which it has just made. */
const answer = vi.hoisted<{ code: 'EPERM' | 'EEXIST' }>(() => ({ code: 'EPERM' }));
vi.mock('node:fs', async (original) => {
  const real = await original<typeof fs>();
  const linkSync: typeof real.linkSync = (from, to) => {
    if (answer.code === 'EEXIST') real.linkSync(from, to);
    throw Object.assign(new Error(`${answer.code}: link`), { code: answer.code, syscall: 'link' });
  };
  return { ...real, linkSync };
});
afterEach(() => void (answer.code = 'EPERM'));

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

test('a lock whose making is answered with its own being there is held', async () => {
  answer.code = 'EEXIST';
  const folder = temporaryFolder();
  const taken = withLock(join(folder, 'lock'), () => Promise.resolve(readdirSync(folder)), {
    signal: AbortSignal.timeout(20_000),
  });
  expect(await taken).toEqual(['lock']);
  expect(readdirSync(folder)).toEqual([]);
});
