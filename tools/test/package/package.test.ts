import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { InvalidModelError, InvalidOptionError } from '@dilated-unet/core';
import { unzipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { archive } from '../../src/package/archive.ts';
import { exportPackage } from '../../src/package/export.ts';
import { encodeNpy } from '../../src/package/npy.ts';
import { temporaryFolder } from '../../../packages/stacks/test/support/folder.ts';

const folder = temporaryFolder();
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('archive', () => {
  const files = new Map([
    ['b.txt', bytes('second')],
    ['a.onnx', new Uint8Array(5000)],
  ]);

  test('holds the files, and does not depend on their order or the time', () => {
    const zip = archive(files);
    expect(unzipSync(zip)).toEqual(Object.fromEntries(files));
    expect(archive(new Map([...files].reverse()))).toEqual(zip);
    // Date of the first entry: 1980-01-01, midnight.
    expect(new DataView(zip.buffer, zip.byteOffset).getUint32(10, true)).toBe(0x00210000);
  });
});

test('a NumPy file has its values at a multiple of 64 bytes', () => {
  const file = encodeNpy(Float32Array.of(1.5, -2, 3, 4, 5, 6), [1, 2, 3, 1]);
  expect([...file.subarray(0, 8)]).toEqual([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
  const length = 10 + ((file[8] as number) + 256 * (file[9] as number));
  expect(length % 64).toBe(0);
  expect(new TextDecoder().decode(file.subarray(10, length))).toMatch(
    /^\{'descr': '<f4', 'fortran_order': False, 'shape': \(1, 2, 3, 1,\), \} *\n$/,
  );
  expect([...new Float32Array(file.slice(length).buffer)]).toEqual([1.5, -2, 3, 4, 5, 6]);
});

describe('exportPackage', () => {
  const run = (out: string, more: object = {}) =>
    exportPackage({
      run: folder.path,
      out: folder.file(out),
      python: 'python3',
      env: {},
      onProgress: () => undefined,
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
