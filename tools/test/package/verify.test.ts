import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { InvalidPackageError } from '@dilated-unet/core';
import { archive, decodeNpy, encodeNpy, openModel, type Model } from '@dilated-unet/model-package';
import { describe, expect, test } from 'vitest';
import { verifyForms } from '../../src/package/verify.ts';
import {
  fixture,
  replaceFile,
  tinyModel,
  tinyPackage,
  withRdf,
  type TinyPackage,
} from '../../../packages/model-package/test/support/tiny-package.ts';
import { temporaryFolder } from '../../../packages/stacks/test/support/folder.ts';

const folder = temporaryFolder();
const zip = (made: TinyPackage): Uint8Array => archive(withRdf(made));
/** What came of each form on the CPU and on WebAssembly. */
async function verdicts(model: Model): Promise<string[]> {
  const all = await verifyForms(model, { onProgress: () => undefined, signal: new AbortController().signal });
  return all
    .filter(({ provider }) => provider !== 'cuda')
    .map(({ form, provider, result }) => {
      const verdict = result instanceof Error ? 'fails' : result.passes ? 'passes' : 'differs';
      return `${form.source} on ${provider} ${verdict}`;
    });
}

/** A package whose test says something else than its networks give. */
function different(): TinyPackage {
  const made = tinyPackage();
  const { data, shape } = decodeNpy(fixture('test-output.npy'), 'output');
  replaceFile(made, 'test-output.npy', encodeNpy(data.map((p) => Math.min(1, p + 2e-4)), shape)); // prettier-ignore
  return made;
}

describe('verifyForms', () => {
  test('runs each form on each provider that it is for', async () => {
    expect(await verdicts(await openModel(zip(tinyPackage())))).toEqual([
      'model.onnx on cpu passes',
      'model.onnx on wasm passes',
      'model-wasm.onnx on wasm passes',
      'model-fp16.onnx on cpu passes',
      'model-fp16.onnx on wasm passes',
      'model-int8.onnx on cpu passes',
      'model-int8.onnx on wasm passes',
    ]);
  });

  test('says which differ, by the bound of each', async () => {
    expect(await verdicts(await openModel(zip(different())))).toEqual([
      'model.onnx on cpu differs',
      'model.onnx on wasm differs',
      'model-wasm.onnx on wasm differs',
      'model-fp16.onnx on cpu passes',
      'model-fp16.onnx on wasm passes',
      'model-int8.onnx on cpu passes',
      'model-int8.onnx on wasm passes',
    ]);
  });

  test('says which do not load, and goes on', async () => {
    const made = tinyPackage();
    const bytes = Buffer.from(tinyModel('fp16'));
    bytes.write('Sigmoix', bytes.indexOf('Sigmoid'));
    replaceFile(made, 'model-fp16.onnx', Uint8Array.from(bytes));
    expect((await verdicts(await openModel(zip(made)))).slice(3, 6)).toEqual([
      'model-fp16.onnx on cpu fails',
      'model-fp16.onnx on wasm fails',
      'model-int8.onnx on cpu passes',
    ]);
  });

  test('compares a single file with the CPU', async () => {
    for (const precision of ['fp32', 'int8'] as const) {
      const found = await verdicts(await openModel(tinyModel(precision)));
      expect(found).toEqual(['null on cpu passes', 'null on wasm passes']);
    }
  });

  test('refuses a file that is not as published, were it one that no provider runs', async () => {
    const made = tinyPackage();
    made.files.set('README.md', new Uint8Array(9));
    await expect(verdicts(await openModel(zip(made)))).rejects.toThrow(InvalidPackageError);
  });
});

test('tools:verify-model prints a table, and ends with 1 where something differs', () => {
  const run = (name: string, made: TinyPackage) => {
    writeFileSync(folder.file(name), zip(made));
    const cli = fileURLToPath(new URL('../../dist/package/verify-cli.js', import.meta.url));
    return spawnSync(process.execPath, [cli, '--model', folder.file(name)], { encoding: 'utf8' });
  };
  const good = run('good.zip', tinyPackage());
  expect(good.status).toBe(0);
  expect(good.stdout).toMatch(/^Tiny U-net, SHA-256 [0-9a-f]{64}\nform +provider +largest difference +allowed/);
  expect(good.stdout).toMatch(/\nint8 +cpu +5\.4e-2 +1\.1e-1 +5\.3e-3 +1\.1e-2 +\d+ +passes\n/);
  expect(good.stdout).toMatch(/good\.zip is as it must be: \d runs agree with its test\n$/);
  expect(good.stderr).toContain('WebGPU was not checked');
  const bad = run('bad.zip', different());
  expect(bad.status).toBe(1);
  expect(bad.stdout).toMatch(/\nfp32 +cpu +2\.0e-4 +1\.0e-4 .* DIFFERS\n/);
  expect(bad.stderr).toMatch(/Model .*bad\.zip: 3 of \d runs are not as they must be/);
});
