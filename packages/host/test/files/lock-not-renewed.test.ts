import type * as fs from 'node:fs';
import { join } from 'node:path';
import { EnvironmentError } from '@dilated-unet/core';
import { expect, test, vi } from 'vitest';
import { withLock } from '../../src/files/lock.ts';
import { temporaryFolder } from '../support/temporary.ts';

const disk = vi.hoisted(() => ({ isBroken: false }));
vi.mock('node:fs', async (original) => {
  const real = await original<typeof fs>();
  const writeSync = (file: number, text: string, at?: number): number => {
    if (disk.isBroken) throw Object.assign(new Error('EIO: i/o error, write'), { code: 'EIO', syscall: 'write' });
    return real.writeSync(file, text, at);
  };
  return { ...real, writeSync };
});

test('a holder that cannot renew its lock is told', async () => {
  vi.useFakeTimers({ toFake: ['setInterval'] });
  try {
    await withLock(join(temporaryFolder(), 'lock'), (lock) => {
      disk.isBroken = true;
      vi.advanceTimersByTime(10_000);
      expect(lock.signal.reason).toBeInstanceOf(EnvironmentError);
      expect((lock.signal.reason as Error).message).toMatch(/lock cannot be written: /);
      return Promise.resolve();
    });
  } finally {
    vi.useRealTimers();
  }
});
