import { spawnSync } from 'node:child_process';
import type * as fs from 'node:fs';
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { EnvironmentError, InvalidOptionError } from '@dilated-unet/core';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  removeLeftOf,
  removeUnfinishedFiles,
  unfinishedName,
  unfinishedTarget,
} from '../../src/files/unfinished-files.ts';
import { replaceFile, requireWritable, writeFileAtomically } from '../../src/files/write-file.ts';
import { mountTmpfs } from '../support/tmpfs.ts';

/** What another machine has as the boot that it is in. */
const boot = vi.hoisted<{ id?: string }>(() => ({}));
vi.mock('node:fs', async (original) => {
  const real = await original<typeof fs>();
  const readFileSync = (...args: Parameters<typeof real.readFileSync>): string | Buffer =>
    boot.id !== undefined && String(args[0]).endsWith('/boot_id') ? boot.id : real.readFileSync(...args);
  return { ...real, readFileSync };
});

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dilated-unet-files-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** The name of `target` while a process writes it. */
function unfinished(target: string, machine: string, pid: number): string {
  return `${target}.${machine}.${pid}.0123456789ab.part`;
}

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
  await expect(writeFileAtomically(path, 'one')).rejects.toThrow(
    `${path} cannot be written: there is no such file or folder. Choose another folder.`,
  );
});

test('what stood under the name stays when the new file cannot take it', async () => {
  // A file cannot be renamed to a folder.
  await mkdir(join(folder, 'a.txt'));
  await expect(writeFileAtomically(join(folder, 'a.txt'), 'new')).rejects.toThrow(EnvironmentError);
  expect(await readdir(folder)).toEqual(['a.txt']);
});

test('what a killed process left unfinished is removed, in folders too, and nothing else', async () => {
  await mkdir(join(folder, 'checkpoints'));
  const kept = ['checkpoints/last.safetensors', 'log.csv', 'novel.part', 'novel.a.2.part'];
  const halves = ['log.csv', 'checkpoints/last.safetensors'].map((path) => unfinished(path, 'elsewhere', 1));
  for (const file of [...kept, ...halves]) await writeFile(join(folder, file), 'x');
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
    await expect(writeFileAtomically(path, new Uint8Array(400_000))).rejects.toThrow(
      'a.bin cannot be written: no space is left on the disk. Free some space, or choose another folder.',
    );
    expect(await readdir(disk.path)).toEqual(['a.bin']);
    expect((await readFile(path)).every((byte) => byte === 1)).toBe(true);
  } finally {
    disk.remove();
  }
});

test('what a killed process of this machine left of a file goes when the file is written again', async () => {
  const ended = `.${spawnSync('true').pid}.`;
  const here = `.${process.pid}.`;
  const named = (target: string): string => basename(unfinishedName(join(folder, target)));
  const abandoned = named('a.txt').replace(here, ended);
  // As where the number of a process is given again.
  const formerly = named('a.txt').replace(/[\da-f]{2}(?=[\da-f]{6}\.part$)/, (mark) => (mark === '00' ? '01' : '00'));
  // As in another container of this name.
  const beside = abandoned.replace(/[\da-f]{4}(?=[\da-f]{8}\.part$)/, (mark) => (mark === '0000' ? '0001' : '0000'));
  const others = [beside, unfinished('a.txt', 'elsewhere', 1), named('b.txt').replace(here, ended)];
  for (const file of [abandoned, formerly, ...others]) await writeFile(join(folder, file), 'x');
  await replaceFile(join(folder, 'a.txt'), async (file) => {
    // What another part of this process is writing stays.
    const writing = (await readdir(folder)).filter((name) => unfinishedTarget(name) === 'a.txt');
    await writeFileAtomically(join(folder, 'a.txt'), 'first');
    expect(await readdir(folder)).toEqual(['a.txt', ...new Set([...writing, ...others])].sort());
    await file.writeFile('whole');
  });
  expect(await readdir(folder)).toEqual(['a.txt', ...others].sort());
});

test('what another container of the same name is writing stays, however long it takes', async ({ skip }) => {
  const unshare = ['-Urpf', '--mount-proc'];
  if (spawnSync('unshare', [...unshare, 'true']).status !== 0) {
    skip('unshare of util-linux may not make namespaces of processes here');
  }
  const path = join(folder, 'a.txt');
  const host = new URL('../../dist/index.js', import.meta.url).href;
  const program = `import { writeFileAtomically } from '${host}'; await writeFileAtomically(${JSON.stringify(path)}, 'there');`;
  await replaceFile(path, async (file) => {
    await file.appendFile('half');
    const [writing = ''] = await readdir(folder);
    const longAgo = Date.now() / 1000 - 3600;
    await utimes(join(folder, writing), longAgo, longAgo);
    const args = [...unshare, process.execPath, '--input-type=module', '--eval', program];
    expect(spawnSync('unshare', args).status).toBe(0);
    expect(await readdir(folder)).toEqual(['a.txt', writing]);
  });
  expect(await readFile(path, 'utf8')).toBe('half');
});

test('what another machine of the same name is writing stays', async () => {
  const path = join(folder, 'a.txt');
  boot.id = '01234567-89ab-cdef-0123-456789abcdef';
  const theirs = basename(unfinishedName(path)).replace(`.${process.pid}.`, `.${spawnSync('true').pid}.`);
  delete boot.id;
  await writeFile(join(folder, theirs), 'half');
  await writeFileAtomically(path, 'whole');
  expect(await readdir(folder)).toEqual(['a.txt', theirs]);
});

test('who alone writes a file removes what was left of it on any machine, and nothing else', async () => {
  const left = ['elsewhere', 'there'].map((machine) => unfinished('a.zarr', machine, 1));
  for (const name of left) await mkdir(join(folder, name, 'inner'), { recursive: true });
  const kept = ['a.zarr', 'novel.part', unfinished('b.zarr', 'elsewhere', 1)];
  for (const name of kept) await writeFile(join(folder, name), 'x');
  await symlink('a.zarr', join(folder, 'link'));
  await removeLeftOf(join(folder, 'link'));
  expect(await readdir(folder)).toEqual([...kept, 'link'].sort());
});

test('an unfinished file has a name that tells what it becomes', async () => {
  let names: string[] = [];
  await replaceFile(join(folder, 'a.b.txt'), async () => {
    names = await readdir(folder);
  });
  expect(names.map(unfinishedTarget)).toEqual(['a.b.txt']);
  expect(unfinishedTarget('a.b.txt')).toBeUndefined();
});

test('a link stays a link, and a file keeps its mode', async () => {
  const [path, link] = [join(folder, 'a.sh'), join(folder, 'link')];
  await writeFile(path, 'old');
  await chmod(path, 0o750);
  await symlink('a.sh', link);
  await writeFileAtomically(link, 'new');
  expect(await readlink(link)).toBe('a.sh');
  expect(await readFile(path, 'utf8')).toBe('new');
  expect((await stat(path)).mode & 0o777).toBe(0o750);
});

test.each([
  ['that is gone', 'gone/b.txt'],
  ['that is the link itself', 'link'],
])('a link to a file %s is no place for a file, and stays', async (_, target) => {
  const link = join(folder, 'link');
  await symlink(target, link);
  await expect(requireWritable(link, 'output')).rejects.toThrow(
    `output must not be a link that leads nowhere (${target}); remove the link; received "${link}".`,
  );
  await expect(replaceFile(link, (file) => file.writeFile('new'))).rejects.toThrow(InvalidOptionError);
  await expect(writeFileAtomically(link, 'new')).rejects.toThrow(EnvironmentError);
  await expect(writeFileAtomically(link, 'new')).rejects.toThrow(
    `${link} cannot be written: it is a link that leads nowhere (${target}). Remove the link.`,
  );
  expect(await readlink(link)).toBe(target);
  expect(await readdir(folder)).toEqual(['link']);
  await rm(link);
  await writeFileAtomically(link, 'new');
  expect(await readFile(link, 'utf8')).toBe('new');
});

test.each([
  ['of 217 bytes, 71 of its 75 letters Chinese', `${'膜'.repeat(71)}.tif`],
  ['of 255 bytes', `${'a'.repeat(251)}.tif`],
  ['of 254 bytes in letters of four', `${'🔬'.repeat(62)}-b.tif`],
])('a name %s is written, also piece by piece', async (_, name) => {
  const path = join(folder, name);
  let names: string[] = [];
  await replaceFile(path, async (file) => {
    names = await readdir(folder);
    await file.appendFile('one');
  });
  expect(names).toHaveLength(1);
  expect(Buffer.byteLength(names[0] as string)).toBeLessThanOrEqual(255);
  expect(name.startsWith((unfinishedTarget(names[0] as string) as string).replace(/~[\da-f]{12}$/, ''))).toBe(true);
  await writeFileAtomically(path, 'two');
  expect(await readFile(path, 'utf8')).toBe('two');
  expect(await readdir(folder)).toEqual([name]);
});

test('what a killed process left of a file with a long name goes, and of another with the same beginning stays', async () => {
  const [mine, other] = [`${'a'.repeat(240)}1.tif`, `${'a'.repeat(240)}2.tif`];
  const ended = spawnSync('true').pid;
  for (const name of [mine, other]) {
    await replaceFile(join(folder, name), async () => {
      const [half = ''] = (await readdir(folder)).filter(
        (entry) => entry.endsWith('.part') && !entry.includes(`.${ended}.`),
      );
      await writeFile(join(folder, half.replace(/\.\d+(?=\.[\da-f]{12}\.part$)/, `.${ended}`)), 'half');
    });
  }
  expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toHaveLength(2);
  await writeFileAtomically(join(folder, mine), 'whole');
  expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toHaveLength(1);
});

test('a name that is too long is refused before any work, and when it is written', async () => {
  const path = join(folder, `${'膜'.repeat(84)}.tif`);
  await expect(requireWritable(path, 'output')).rejects.toThrow(InvalidOptionError);
  await expect(requireWritable(path, 'output')).rejects.toThrow(
    /^output must have a shorter name: file systems take 255 bytes/,
  );
  await expect(writeFileAtomically(path, 'x')).rejects.toThrow(
    `${path} cannot be written: the name is too long (file systems take 255 bytes). Choose a shorter one.`,
  );
  expect(await readdir(folder)).toEqual([]);
});

test('when writing piece by piece fails, nothing is left and the older file stays', async () => {
  const path = join(folder, 'a.txt');
  await writeFile(path, 'old');
  const half = replaceFile(path, async (file) => {
    await file.appendFile('half');
    throw new TypeError('a bug');
  });
  await expect(half).rejects.toThrow(TypeError);
  expect(await readdir(folder)).toEqual(['a.txt']);
  expect(await readFile(path, 'utf8')).toBe('old');
});

test.each([
  ['.', 'output must name a file, and this is a folder'],
  ['/dev/full', 'output must name a file, and this is a device or pipe'],
  ['missing/a.txt', 'output must be in a folder that exists'],
])('%s is no place for a file', async (name, message) => {
  const path = name.startsWith('/') ? name : join(folder, name);
  await expect(requireWritable(path, 'output')).rejects.toThrow(InvalidOptionError);
  await expect(requireWritable(path, 'output')).rejects.toThrow(message);
});
