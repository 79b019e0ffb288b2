import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { InvalidModelError, InvalidOptionError } from '@dilated-unet/core';
import { describe, expect, test } from 'vitest';
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
    expect(readdirSync(folder.path)).toEqual(['summary.json']);
  });

  test.each(['folder', 'archive'])('refuses to replace what is there: %s', async (kind) => {
    const path = folder.file(kind === 'folder' ? kind : `${kind}.zip`);
    if (kind === 'folder') mkdirSync(path);
    else writeFileSync(path, '');
    await expect(run(kind)).rejects.toThrow(InvalidOptionError);
    await expect(run(kind)).rejects.toThrow(`must not exist: ${path} does. Remove it first`);
    expect(existsSync(path)).toBe(true);
  });
});
