import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import type * as os from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EnvironmentError } from '@dilated-unet/core';
import { afterEach, expect, test, vi } from 'vitest';
import { withLock, type Lock } from '../../src/files/lock.ts';
import { temporaryFolder } from '../support/temporary.ts';

const machine = vi.hoisted<{ name?: string }>(() => ({}));
vi.mock('node:os', async (original) => {
  const real = await original<typeof os>();
  return { ...real, hostname: () => machine.name ?? real.hostname() };
});
afterEach(() => void delete machine.name);

/** The number of a process that has ended. */
function endedProcess(): number {
  return spawnSync('true').pid;
}

test('work under one lock never overlaps, and the lock is gone afterwards', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'deep', 'lock');
  let running = 0;
  const overlaps: number[] = [];
  const work = (value: number) => async () => {
    overlaps.push(++running);
    await sleep(30);
    running--;
    return value;
  };
  expect(await Promise.all([1, 2, 3].map((value) => withLock(path, work(value))))).toEqual([1, 2, 3]);
  expect(overlaps).toEqual([1, 1, 1]);
  expect(readdirSync(join(folder, 'deep'))).toEqual([]);
});

test('a lock is open under its own name alone: NFS keeps others that are removed', async ({ skip }) => {
  if (!existsSync('/proc/self/fd')) return skip('open files are not listed here');
  const folder = temporaryFolder();
  const path = join(folder, 'lock');
  const opened = (): readonly string[] =>
    readdirSync('/proc/self/fd')
      .flatMap((file) => {
        try {
          return readlinkSync(`/proc/self/fd/${file}`);
        } catch {
          return [];
        }
      })
      .filter((target) => target.startsWith(folder));
  const both = await withLock(path, (lock) => {
    const before = opened();
    lock.noteChild(1);
    return Promise.resolve([before, opened()]);
  });
  expect(both).toEqual([[path], [path]]);
});

test('a lock may have a name of 249 bytes, whatever the name of the machine', async () => {
  machine.name = 'm'.repeat(64);
  const folder = temporaryFolder();
  const [path, other] = ['lock', 'other'].map((end) => join(folder, `${'a'.repeat(249 - end.length)}${end}`));
  const both = (lock: Lock): Promise<readonly string[]> => {
    lock.noteChild(1);
    return withLock(other as string, () => Promise.resolve(readdirSync(folder).sort()));
  };
  expect(await withLock(path as string, both)).toEqual([path, other].map((file) => basename(file as string)).sort());
  expect(readdirSync(folder)).toEqual([]);
});

test('work that fails gives the lock back', async () => {
  const path = join(temporaryFolder(), 'lock');
  await expect(withLock(path, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(existsSync(path)).toBe(false);
});

test('a place where no lock can be written is named', async () => {
  const file = join(temporaryFolder(), 'file');
  writeFileSync(file, '');
  const failure: unknown = await withLock(join(file, 'lock'), () => Promise.resolve()).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(EnvironmentError);
  expect((failure as Error).message).toMatch(/file\/lock cannot be written: .*\. Choose another folder\./);
});

test('a lock of a process that has ended is taken over', async () => {
  const path = join(temporaryFolder(), 'lock');
  writeFileSync(path, JSON.stringify({ pid: endedProcess(), started: '1' }));
  expect(await withLock(path, () => Promise.resolve('done'))).toBe('done');
});

test('a lock is taken over when its number now belongs to another process', async () => {
  const path = join(temporaryFolder(), 'lock');
  writeFileSync(path, JSON.stringify({ pid: process.pid, started: 'another time' }));
  expect(await withLock(path, () => Promise.resolve('done'))).toBe('done');
});

test.each(['', 'half a lo', '{}', 'null', '{"pid": "7"}'])('a lock file that says %j is taken over', async (text) => {
  const path = join(temporaryFolder(), 'lock');
  writeFileSync(path, text);
  expect(await withLock(path, () => Promise.resolve('done'))).toBe('done');
});

test('a living holder is waited for, and named', async () => {
  const path = join(temporaryFolder(), 'lock');
  const holder = spawn('sleep', ['30'], { stdio: 'ignore' });
  writeFileSync(path, JSON.stringify({ pid: holder.pid, started: startOf(holder.pid as number) }));
  const waited: unknown[] = [];
  let done = false;
  const taken = withLock(path, () => Promise.resolve((done = true)), { onWait: (...holder) => waited.push(holder) });
  await sleep(700);
  expect(done).toBe(false);
  expect(waited).toEqual([[holder.pid, hostname(), false]]);
  holder.kill('SIGKILL');
  await taken;
  expect(done).toBe(true);
});

/** The lock of a process on another machine, renewed `age` seconds ago. @param more of the owner. */
function foreignLock(age: number, more: object = {}): string {
  const path = join(temporaryFolder(), 'lock');
  writeFileSync(path, JSON.stringify({ pid: process.pid, started: '1', host: 'elsewhere', ...more }));
  const renewed = Date.now() / 1000 - age;
  utimesSync(path, renewed, renewed);
  return path;
}

test('the lock of another machine counts while it is renewed', async () => {
  const path = foreignLock(150);
  const waited: string[] = [];
  const waiting = withLock(path, () => Promise.resolve(), {
    onWait: (_, host) => waited.push(host),
    signal: AbortSignal.timeout(700),
  });
  await expect(waiting).rejects.toThrow(/abort/i);
  expect(waited).toEqual(['elsewhere']);
  expect(existsSync(path)).toBe(true);
});

test('the lock of another machine that is not renewed any more is taken over', async () => {
  expect(await withLock(foreignLock(200), () => Promise.resolve('done'))).toBe('done');
});

/** Of this process, as its own lock says. */
async function ownSpace(): Promise<string> {
  const path = join(temporaryFolder(), 'lock');
  const text = await withLock(path, () => Promise.resolve(readFileSync(path, 'utf8')));
  return (JSON.parse(text) as { readonly space: string }).space;
}

test.each([
  ['container', () => 'pid:[1]'],
  // Outside containers, all machines have processes in a namespace of one name.
  ['machine', async () => (await ownSpace()).replace(/[\da-f-]{36}$/, '01234567-89ab-cdef-0123-456789abcdef')],
  ['process of an older version', () => readlinkSync('/proc/self/ns/pid')],
])('the lock of another %s of the same name counts as that of another machine', async (_, spaceOf) => {
  const other = { host: hostname(), space: await spaceOf() };
  expect(other.space).not.toBe(await ownSpace());
  const path = foreignLock(150, other);
  const waited: unknown[] = [];
  const waiting = withLock(path, () => Promise.resolve(), {
    onWait: (...holder) => waited.push(holder),
    signal: AbortSignal.timeout(700),
  });
  await expect(waiting).rejects.toThrow(/abort/i);
  expect(waited).toEqual([[process.pid, hostname(), true]]);
  expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject(other);
  expect(await withLock(foreignLock(200, other), () => Promise.resolve('done'))).toBe('done');
});

test('the first processes of two containers that share a name and a folder never work at once', async ({ skip }) => {
  const unshare = ['-Urpf', '--mount-proc'];
  if (spawnSync('unshare', [...unshare, 'true']).status !== 0) {
    skip('unshare of util-linux may not make namespaces of processes here');
  }
  const folder = temporaryFolder();
  const log = join(folder, 'log');
  const host = new URL('../../dist/index.js', import.meta.url).href;
  const program = `
    import { appendFileSync } from 'node:fs';
    import { setTimeout as sleep } from 'node:timers/promises';
    import { withLock } from '${host}';
    const log = ${JSON.stringify(log)};
    await withLock(${JSON.stringify(join(folder, 'lock'))}, async ({ signal }) => {
      appendFileSync(log, 'begin ' + process.pid + '\\n');
      await sleep(1500);
      appendFileSync(log, 'end ' + signal.aborted + '\\n');
    });`;
  const args = [...unshare, process.execPath, '--input-type=module', '--eval', program];
  const codes = [1, 2].map(() => new Promise((resolve) => spawn('unshare', args).once('exit', resolve)));
  expect(await Promise.all(codes)).toEqual([0, 0]);
  expect(readFileSync(log, 'utf8')).toBe('begin 1\nend false\n'.repeat(2));
  expect(readdirSync(folder)).toEqual(['log']);
});

test('a holder renews its lock, and is told when it has lost it', async () => {
  const path = join(temporaryFolder(), 'lock');
  vi.useFakeTimers({ toFake: ['setInterval'] });
  try {
    await withLock(path, (lock) => {
      lock.noteChild(1);
      utimesSync(path, 1000, 1000);
      vi.advanceTimersByTime(10_000);
      expect(Date.now() - statSync(path).mtimeMs).toBeLessThan(60_000);
      expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ pid: process.pid });
      expect(lock.signal.aborted).toBe(false);

      const foreign = foreignLock(0);
      renameSync(foreign, path);
      vi.advanceTimersByTime(10_000);
      expect(lock.signal.aborted).toBe(true);
      return Promise.resolve();
    });
  } finally {
    vi.useRealTimers();
  }
  expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ host: 'elsewhere' });
});

test('a lock file that was tidied away is there again, unless this process was stopped for so long that it may be lost', async () => {
  const path = join(temporaryFolder(), 'lock');
  vi.useFakeTimers({ toFake: ['setInterval', 'Date'] });
  try {
    await withLock(path, (lock) => {
      lock.noteChild(1);
      rmSync(path);
      vi.advanceTimersByTime(10_000);
      expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ pid: process.pid, child: { pid: 1 } });
      utimesSync(path, 1000, 1000);
      vi.advanceTimersByTime(10_000);
      expect(statSync(path).mtimeMs).toBeGreaterThan(1_000_000);
      expect(lock.signal.aborted).toBe(false);

      rmSync(path);
      vi.setSystemTime(Date.now() + 200_000);
      vi.advanceTimersByTime(10_000);
      expect(lock.signal.aborted).toBe(true);
      return Promise.resolve();
    });
  } finally {
    vi.useRealTimers();
  }
  expect(existsSync(path)).toBe(false);
});

test('a program that leads no group is ended as well', async () => {
  const path = join(temporaryFolder(), 'lock');
  const orphan = spawn('sleep', ['30'], { stdio: 'ignore' });
  const ended = new Promise((resolve) => orphan.once('exit', (_code, signal) => resolve(signal)));
  const child = { pid: orphan.pid, started: startOf(orphan.pid as number) };
  writeFileSync(path, JSON.stringify({ pid: endedProcess(), started: '1', child }));
  expect(await withLock(path, () => Promise.resolve('done'))).toBe('done');
  expect(await ended).toBe('SIGKILL');
});

test('waiting can be stopped', async () => {
  const path = join(temporaryFolder(), 'lock');
  const controller = new AbortController();
  const held = withLock(path, async () => {
    const second = withLock(path, () => Promise.resolve(), { signal: controller.signal });
    controller.abort();
    await expect(second).rejects.toThrow(/abort/i);
    return 'held';
  });
  expect(await held).toBe('held');
});

test('a program that a dead holder left running is ended before its lock is taken over', async () => {
  const path = join(temporaryFolder(), 'lock');
  const orphan = spawn('sleep', ['30'], { stdio: 'ignore', detached: true });
  const ended = new Promise((resolve) => orphan.once('exit', (_code, signal) => resolve(signal)));
  const child = { pid: orphan.pid, started: startOf(orphan.pid as number) };
  writeFileSync(path, JSON.stringify({ pid: endedProcess(), started: '1', child }));
  expect(await withLock(path, () => Promise.resolve('done'))).toBe('done');
  expect(await ended).toBe('SIGKILL');
});

test('the program at hand is noted in the lock', async () => {
  const path = join(temporaryFolder(), 'lock');
  await withLock(path, (lock) => {
    lock.noteChild(1);
    const noted = JSON.parse(readFileSync(path, 'utf8')) as { pid: number; child: { pid: number } };
    expect(noted).toMatchObject({ pid: process.pid, child: { pid: 1 } });
    return Promise.resolve();
  });
});

function startOf(pid: number): string {
  return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[19] ?? '';
}
