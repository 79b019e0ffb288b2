import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EnvironmentError, InvalidOptionError } from '@dilated-unet/core';
import { expect, test } from 'vitest';
import { createFolder, requireNewFolder, unfinishedName, writeFileAtomically } from '../../src/index.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { mountTmpfs } from '../support/tmpfs.ts';

const fill = async (folder: string): Promise<string> => {
  await writeFileAtomically(join(folder, 'a.txt'), 'a');
  await writeFileAtomically(join(folder, 'b.txt'), 'b');
  return 'done';
};

test('a folder appears under its name when it is whole, also in the place of an empty one or behind a link', async () => {
  const room = temporaryFolder();
  mkdirSync(join(room, 'empty'));
  mkdirSync(join(room, 'real'));
  symlinkSync('real', join(room, 'link'));
  for (const name of ['new', 'new with slash/', 'empty', 'link']) {
    const during: string[] = [];
    const result = await createFolder(join(room, name), (folder) => {
      if (name === 'new') during.push(...readdirSync(room));
      return fill(folder);
    });
    expect(result).toBe('done');
    expect(during).not.toContain('new');
    expect(readdirSync(join(room, name)).sort()).toEqual(['a.txt', 'b.txt']);
  }
  expect(readFileSync(join(room, 'real', 'a.txt'), 'utf8')).toBe('a');
  expect(readdirSync(room).sort()).toEqual(['empty', 'link', 'new', 'new with slash', 'real']);
});

test('a folder of a kind is replaced, when the new one is whole; others, and one with foreign files, are refused', async () => {
  const room = temporaryFolder();
  const replaces = { what: 'a set of letters', mark: 'a.txt', owns: (name: string) => /^[a-z]\.txt$/.test(name) };
  const letters = join(room, 'letters');
  await createFolder(letters, fill, replaces);
  const broken = createFolder(
    letters,
    async (folder) => {
      await writeFileAtomically(join(folder, 'a.txt'), 'new');
      throw new Error('the source broke');
    },
    replaces,
  );
  await expect(broken).rejects.toThrow('the source broke');
  expect(readFileSync(join(letters, 'a.txt'), 'utf8')).toBe('a');
  await createFolder(letters, (folder) => writeFileAtomically(join(folder, 'a.txt'), 'new'), replaces);
  expect(readdirSync(letters)).toEqual(['a.txt']);
  expect(readFileSync(join(letters, 'a.txt'), 'utf8')).toBe('new');
  writeFileSync(join(letters, 'notes.md'), 'mine');
  const foreign = createFolder(letters, fill, replaces);
  await expect(foreign).rejects.toThrow(/which is replaced; choose another name, or empty it \(it has notes\.md\)/);
  expect(readdirSync(letters).sort()).toEqual(['a.txt', 'notes.md']);
  mkdirSync(join(room, 'other'));
  writeFileSync(join(room, 'other', 'b.txt'), 'mine');
  await expect(requireNewFolder(join(room, 'other'), 'output', replaces)).rejects.toThrow(
    /output must be a new folder or an empty one, or a set of letters, which is replaced/,
  );
  const overtaken = createFolder(join(room, 'new'), async (folder) => {
    await fill(folder);
    mkdirSync(join(room, 'new'));
    writeFileSync(join(room, 'new', 'b.txt'), 'mine');
  });
  await expect(overtaken).rejects.toThrow(EnvironmentError);
  await expect(overtaken).rejects.toThrow(
    /new cannot be written: the folder is not empty\. Remove what has come into it/,
  );
  expect(readdirSync(room).sort()).toEqual(['letters', 'new', 'other']);
  expect(readdirSync(join(room, 'new'))).toEqual(['b.txt']);
});

test('what file managers put into a folder does not hinder it, and stays', async () => {
  const room = temporaryFolder();
  const replaces = { what: 'a set of letters', mark: 'a.txt', owns: (name: string) => /^[a-z]\.txt$/.test(name) };
  const left = ['.DS_Store', 'Thumbs.db'];
  for (const name of ['empty', 'letters', 'while it is written']) {
    mkdirSync(join(room, name));
    const litter = (): void => {
      for (const file of left) writeFileSync(join(room, name, file), 'theirs');
      mkdirSync(join(room, name, '.theirs'));
      writeFileSync(join(room, name, '.theirs', 'file'), 'theirs');
    };
    if (name === 'letters') for (const file of ['a.txt', 'z.txt']) writeFileSync(join(room, name, file), 'old');
    if (name !== 'while it is written') litter();
    const write = async (folder: string): Promise<void> => {
      await fill(folder);
      if (name === 'while it is written') litter();
    };
    await createFolder(join(room, name), write, name === 'letters' ? replaces : undefined);
    expect(readdirSync(join(room, name)).sort()).toEqual(['.DS_Store', '.theirs', 'Thumbs.db', 'a.txt', 'b.txt']);
    expect(readFileSync(join(room, name, '.theirs', 'file'), 'utf8')).toBe('theirs');
    expect(readFileSync(join(room, name, 'a.txt'), 'utf8')).toBe('a');
  }
  expect(readdirSync(room).sort()).toEqual(['empty', 'letters', 'while it is written']);
});

test('after an error nothing is left, and an empty folder stays', async () => {
  const room = temporaryFolder();
  mkdirSync(join(room, 'empty'));
  for (const name of ['new', 'empty']) {
    const broken = createFolder(join(room, name), async (folder) => {
      await fill(folder);
      throw new Error('the source broke');
    });
    await expect(broken).rejects.toThrow('the source broke');
  }
  expect(readdirSync(room)).toEqual(['empty']);
  expect(readdirSync(join(room, 'empty'))).toEqual([]);
});

test('what a killed process of this machine left of the folder goes when it is made again', async () => {
  const room = temporaryFolder();
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  const left = unfinishedName(join(room, 'new')).replace(`.${process.pid}.`, `.${pid}.`);
  mkdirSync(left);
  writeFileSync(join(left, 'a.txt'), 'half');
  await createFolder(join(room, 'new'), fill);
  expect(readdirSync(room)).toEqual(['new']);
});

test('what is not a place for a folder is refused before any work', async () => {
  const room = temporaryFolder();
  mkdirSync(join(room, 'full'));
  writeFileSync(join(room, 'full', 'a.txt'), 'mine');
  writeFileSync(join(room, 'file'), '');
  symlinkSync('nowhere', join(room, 'dead'));
  for (const [name, message] of [
    ['full', /output must be a new folder or an empty one; choose another name, or empty it/],
    ['file', /output must name a folder, and file is a file/],
    ['file/', /output must name a folder, and file is a file/],
    ['dead', /a link that leads nowhere/],
    ['none/new', /must be in a folder that exists/],
    ['n'.repeat(256), /must have a shorter name/],
  ] as const) {
    const refused = requireNewFolder(join(room, name), 'output');
    await expect(refused).rejects.toThrow(InvalidOptionError);
    await expect(refused).rejects.toThrow(message);
    await expect(createFolder(join(room, name), fill)).rejects.toThrow(InvalidOptionError);
  }
  expect(readdirSync(join(room, 'full'))).toEqual(['a.txt']);
});

test('on a full disk nothing is left, and the message says what to do', async ({ skip }) => {
  const disk = mountTmpfs('64k');
  if (disk === undefined) return skip('mounting a small disk needs root');
  try {
    const full = createFolder(join(disk.path, 'new'), (folder) =>
      writeFileAtomically(join(folder, 'a'), new Uint8Array(2 ** 20)),
    );
    await expect(full).rejects.toThrow(EnvironmentError);
    await expect(full).rejects.toThrow(/Free some space/);
    expect(readdirSync(disk.path)).toEqual([]);
  } finally {
    disk.remove();
  }
});
