import { mkdirSync, writeFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { availableMemory } from '../../src/machine/memory.ts';
import { temporaryFolder } from '../support/temporary.ts';

afterEach(() => void vi.restoreAllMocks());

/** A folder with the kernel's files. @param free, @param limit what Node tells, bytes. */
function machine(free: number, limit: number, files: Readonly<Record<string, string>>): string {
  vi.spyOn(process, 'availableMemory').mockReturnValue(free);
  vi.spyOn(process, 'constrainedMemory').mockReturnValue(limit);
  const root = temporaryFolder();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

const STAT = `anon 4000
file 9000
active_anon 50
inactive_file 300
active_file 20
workingset_refault_file 7000
total_inactive_file 300
`;
const OTHER = 'inactive_file 1000000\n';

test.each<[string, Record<string, string>]>([
  ['version 2', { 'proc/self/cgroup': '0::/a/b\n', 'sys/fs/cgroup/a/b/memory.stat': STAT }],
  ['version 2 in a container', { 'proc/self/cgroup': '0::/\n', 'sys/fs/cgroup/memory.stat': STAT }],
  [
    'version 1',
    {
      'proc/self/cgroup': '5:cpu:/c\n4:memory:/a\n0::/b\n',
      'sys/fs/cgroup/memory/a/memory.stat': STAT,
      'sys/fs/cgroup/memory/memory.stat': OTHER,
      'sys/fs/cgroup/b/memory.stat': OTHER,
    },
  ],
  [
    'version 1 in a container',
    { 'proc/self/cgroup': '4:memory:/docker/a\n0::/\n', 'sys/fs/cgroup/memory/memory.stat': STAT },
  ],
])('what a cgroup with a limit holds of files is free: %s', (_, files) => {
  expect(availableMemory(machine(1000, 5000, files))).toBe(1320);
  expect(availableMemory(machine(1000, 1100, files))).toBe(1100);
});

test.each([0, Number.MAX_SAFE_INTEGER, 2 ** 64])('without a limit (%d), free is what the machine has', (limit) => {
  const files = { 'proc/self/cgroup': '0::/\n', 'sys/fs/cgroup/memory.stat': STAT };
  expect(availableMemory(machine(1000, limit, files))).toBe(1000);
});

test('a cgroup has no more than its machine', () => {
  const [all, files] = [totalmem(), { 'proc/self/cgroup': '0::/\n', 'sys/fs/cgroup/memory.stat': STAT }];
  expect(availableMemory(machine(all, all, files))).toBeLessThan(all);
});

test('where nothing is told of files, free is what Node tells', () => {
  expect(availableMemory(machine(1000, 5000, {}))).toBe(1000);
  expect(availableMemory(machine(1000, 5000, { 'proc/self/cgroup': '0::/\n' }))).toBe(1000);
});

test('of this machine, free is more than nothing and no more than it has', () => {
  expect(availableMemory()).toBeGreaterThan(0);
  expect(availableMemory()).toBeLessThanOrEqual(totalmem());
});
