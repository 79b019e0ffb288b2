import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { InvalidModelError, InvalidPackageError } from '@dilated-unet/core';
import { describe, expect, test } from 'vitest';
import { archive } from '../../src/index.ts';
import { openModel } from '../../src/node/index.ts';
import { temporaryFolder } from '../../../stacks/test/support/folder.ts';
import {
  CARD,
  replaceFile,
  setField,
  tinyModel,
  tinyPackage,
  withRdf,
  type TinyPackage,
} from '../support/tiny-package.ts';

const folder = temporaryFolder();

/** Writes a package into a folder. @returns its path */
function written(made: TinyPackage, name = 'tiny'): string {
  for (const [file, bytes] of withRdf(made)) {
    mkdirSync(dirname(join(folder.file(name), file)), { recursive: true });
    writeFileSync(join(folder.file(name), file), bytes);
  }
  return folder.file(name);
}

describe('openModel', () => {
  test('opens a folder, its zip and a file alike', async () => {
    const made = tinyPackage();
    const path = written(made);
    writeFileSync(folder.file('tiny.zip'), archive(withRdf(made)));
    writeFileSync(folder.file('tiny.onnx'), tinyModel());
    const [unpacked, zip, file] = [
      await openModel(path),
      await openModel(folder.file('tiny.zip')),
      await openModel(folder.file('tiny.onnx')),
    ];
    expect([zip.sha256, zip.name, zip.test]).toEqual([unpacked.sha256, unpacked.name, unpacked.test]);
    for (const [i, form] of zip.forms.entries()) expect(await form.read()).toEqual(await unpacked.forms[i]?.read());
    expect(await unpacked.weights()).toEqual(made.files.get('weights.safetensors'));
    expect(file.card).toEqual(CARD);
    expect((await openModel(tinyModel())).sha256).toBe(file.sha256);
    for (const model of [unpacked, zip, file]) await model.verifyFiles();
  });

  test('puts the path before what is wrong', async () => {
    const made = tinyPackage();
    setField(made.rdf, 'format_version', '0.4.0');
    const path = written(made, 'old');
    await expect(openModel(path)).rejects.toThrow(InvalidPackageError);
    await expect(openModel(path)).rejects.toThrow(
      `Model ${path}: format_version must be 0.5, of any patch; received "0.4.0"`,
    );
    writeFileSync(folder.file('no.onnx'), 'text');
    await expect(openModel(folder.file('no.onnx'))).rejects.toThrow(
      `Model ${folder.file('no.onnx')}: This is not an ONNX model`,
    );
    await expect(openModel(folder.file('none'))).rejects.toThrow(InvalidModelError);
    await expect(openModel(folder.file('none'))).rejects.toThrow('there is no such file or folder');
  });

  test('follows links in the folder, and none that lead out of it', async () => {
    const path = written(tinyPackage(), 'links');
    const replace = (target: string): void => {
      rmSync(join(path, 'model.onnx'), { force: true });
      symlinkSync(target, join(path, 'model.onnx'));
    };
    replace('model-wasm.onnx');
    expect((await openModel(path)).card).toEqual(CARD);
    writeFileSync(folder.file('outside.onnx'), tinyModel());
    for (const target of ['../outside.onnx', folder.file('outside.onnx')]) {
      replace(target);
      await expect(openModel(path)).rejects.toMatchObject({
        field: 'model.onnx',
        rule: 'must lie in the folder of the package; it is a link that leads out of it',
      });
    }
    replace('nowhere');
    await expect(openModel(path)).rejects.toMatchObject({
      field: 'model.onnx',
      rule: expect.stringContaining('missing') as string,
    });
  });

  test('refuses what is no file, without waiting for it', async () => {
    const path = written(tinyPackage(), 'no-file');
    rmSync(join(path, 'model.onnx'));
    mkdirSync(join(path, 'model.onnx'));
    await expect(openModel(path)).rejects.toMatchObject({ field: 'model.onnx', rule: 'must be a regular file' });
    rmSync(join(path, 'model.onnx'), { recursive: true });
    execFileSync('mkfifo', [join(path, 'model.onnx')]);
    await expect(openModel(path)).rejects.toMatchObject({ field: 'model.onnx', rule: 'must be a regular file' });
  });

  test('refuses a file of absurd size before it is read', async () => {
    const made = tinyPackage();
    replaceFile(made, 'test-input.npy', new Uint8Array(2 ** 25));
    await expect(openModel(written(made, 'large'))).rejects.toMatchObject({
      field: 'test-input.npy',
      rule: expect.stringMatching(/^must have at most \d+ bytes$/) as string,
    });
  });
});
