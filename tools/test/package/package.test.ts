import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidModelError, InvalidOptionError } from '@dilated-unet/core';
import { beforeAll, describe, expect, test } from 'vitest';
import { NOTHING_SAID, type About } from '../../src/package/about.ts';
import { exportPackage } from '../../src/package/export.ts';
import { temporaryFolder } from '../../../packages/stacks/test/support/folder.ts';

const folder = temporaryFolder();

describe('exportPackage', () => {
  const run = (out: string, more: object = {}) =>
    exportPackage({
      run: folder.path,
      out: folder.file(out),
      python: 'python3',
      env: {},
      onProgress: () => undefined,
      onNote: () => undefined,
      ...more,
    });

  test('refuses a folder that is no finished run, and writes nothing', async () => {
    writeFileSync(folder.file('summary.json'), JSON.stringify({ steps: 1, versions: {} }));
    await expect(run('out')).rejects.toThrow(InvalidModelError);
    await expect(run('out')).rejects.toThrow(/is not the folder of a finished run.*Give the folder that/s);
    expect(readdirSync(folder.path)).toEqual(['places', 'summary.json']);
  });

  test.each([
    ['name', { name: 'no: colon' }, 'must have 5 to 128 letters'],
    ['author', { authors: ['A. Researcher', 'B / Laboratory'] }, 'without / and \\'],
    ['author', { authors: ['A\\B'] }, 'received "A\\\\B"'],
    ['license', { license: 'CC BY 4.0' }, 'must be an identifier of SPDX'],
    ['license', { license: 'MIT', terms: 'Not for sale.' }, 'must be absent where the field terms of --about says'],
  ])('refuses a wrong %s before it reads the run', async (option, about, message) => {
    const exporting = run('out', { about: { ...NOTHING_SAID, ...about } });
    await expect(exporting).rejects.toThrow(InvalidOptionError);
    await expect(exporting).rejects.toThrow(message);
    await expect(exporting).rejects.toThrow(new RegExp(`^${option} `));
  });

  test.each<Partial<About>>([{ license: 'CC-BY-4.0' }, { license: 'GPL-3.0' }, { terms: 'Not for sale.' }])(
    'takes %o',
    async (said) => {
      const exporting = run('out', { about: { ...NOTHING_SAID, name: 'A good name', authors: ['A'], ...said } });
      await expect(exporting).rejects.toThrow('is not the folder of a finished run');
    },
  );

  test.each(['folder', 'archive'])('refuses to replace what is there: %s', async (kind) => {
    const path = folder.file(kind === 'folder' ? kind : `${kind}.zip`);
    if (kind === 'folder') mkdirSync(path);
    else writeFileSync(path, '');
    await expect(run(kind)).rejects.toThrow(InvalidOptionError);
    await expect(run(kind)).rejects.toThrow(`must not exist: ${path} does. Remove it first`);
    expect(existsSync(path)).toBe(true);
  });

  beforeAll(() => {
    mkdirSync(folder.file('places'));
    writeFileSync(folder.file('places/file.txt'), '');
    for (const name of ['link', 'archived.zip']) symlinkSync('nowhere', folder.file(`places/${name}`));
  });

  test.each([
    ['below a file', 'places/file.txt/out', 'must be in a folder that exists'],
    ['below a file, two folders deep', 'places/file.txt/models/out', 'must be in a folder that exists'],
    ['a link that leads nowhere', 'places/link', 'must not be a link that leads nowhere'],
    ['a name whose archive is such a link', 'places/archived', 'must not be a link that leads nowhere'],
  ])('refuses a place where nothing can be written before it reads the run: %s', async (_, out, message) => {
    await expect(run(out)).rejects.toThrow(InvalidOptionError);
    await expect(run(out)).rejects.toThrow(message);
  });

  test('makes the folders above its own', async () => {
    await expect(run(join('a', 'b', 'out'))).rejects.toThrow('is not the folder of a finished run');
    expect(readdirSync(folder.file('a'))).toEqual(['b']);
  });

  test.each([
    [['cover.png'], 'cover.png'],
    [['Cover.PNG'], 'Cover.PNG'],
    [['cell.png', 'MODEL-FP16.onnx'], 'MODEL-FP16.onnx'],
    [['readme.md'], 'readme.md'],
    [['cell.png', 'Cell.png'], 'Cell.png'],
  ])('refuses pictures %j before it reads the run', async (names, refused) => {
    const pictures = new Map(names.map((name) => [name, new Uint8Array(1)]));
    const exporting = run('out', { about: { ...NOTHING_SAID, pictures } });
    await expect(exporting).rejects.toThrow(InvalidOptionError);
    await expect(exporting).rejects.toThrow(
      `the name of another file of the package, in capitals or not; received "${refused}"`,
    );
  });

  test('takes pictures of other names', async () => {
    const pictures = new Map([['cell.png', new Uint8Array(1)]]);
    await expect(run('out', { about: { ...NOTHING_SAID, pictures } })).rejects.toThrow('finished run');
  });
});
