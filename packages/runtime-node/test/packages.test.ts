import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EnvironmentError, InvalidOptionError, InvalidPackageError, withModelCard } from '@dilated-unet/core';
import { archive, decodeNpy, encodeNpy, openModel } from '@dilated-unet/model-package';
import { encodeTiffStack } from '@dilated-unet/stacks';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  CARD,
  fixture,
  replaceFile,
  setField,
  tinyModel,
  tinyPackage,
  withRdf,
  type TinyPackage,
} from '../../model-package/test/support/tiny-package.ts';
import { temporaryFolder } from '../../stacks/test/support/folder.ts';
import { noise, noiseStack } from '../../stacks/test/support/images.ts';
import { lacksIntegerInstructions } from '../src/devices/cpu.ts';
import { DEVICES } from '../src/devices/index.ts';
import { createSegmenter } from '../src/index.ts';
import { ModelWorker } from '../src/worker/model-worker.ts';

const folder = temporaryFolder();
const zip = (made: TinyPackage): Uint8Array => archive(withRdf(made));

beforeAll(async () => {
  mkdirSync(folder.file('tiny'));
  for (const [name, bytes] of withRdf(tinyPackage())) writeFileSync(join(folder.file('tiny'), name), bytes);
  writeFileSync(folder.file('tiny.zip'), zip(tinyPackage()));
  writeFileSync(folder.file('tiny.onnx'), tinyModel());
  writeFileSync(folder.file('stack.tif'), await encodeTiffStack(noiseStack(40, 32, 2)));
});

describe('a package', () => {
  test.each(['tiny', 'tiny.zip'])(
    'is tested when it is loaded, and segments as its ONNX file does: %s',
    async (name) => {
      const [ours, plain] = [
        await createSegmenter({ model: folder.file(name), device: 'cpu' }),
        await createSegmenter({ model: folder.file('tiny.onnx'), device: 'cpu' }),
      ];
      expect(ours).toMatchObject({ card: CARD, device: 'cpu', precision: 'fp32', fallbackReason: null });
      expect(ours.verified).toMatchObject({ passes: true, bound: { largest: 1e-4 } });
      expect(ours.verified?.largestDifference).toBeLessThan(1e-5);
      expect(plain.verified).toBeNull();
      const image = noise(50, 40);
      expect(await ours.segmentWhole(image)).toEqual(await plain.segmentWhole(image));
      await Promise.all([ours.dispose(), plain.dispose()]);
    },
  );

  test('of the first format of packages is', async () => {
    const segmenter = await createSegmenter({ model: fixture('format-1.zip'), device: 'cpu' });
    expect(segmenter.verified?.passes).toBe(true);
    await segmenter.dispose();
  });

  test.each([
    ['fp16', 1e-2],
    ['int8', 0.2],
  ] as const)('runs in another precision when it is asked to: %s', async (precision, most) => {
    const model = await openModel(zip(tinyPackage()));
    const other = await createSegmenter({ model, device: 'cpu', precision });
    const exact = await createSegmenter({ model, device: 'cpu' });
    expect([exact.precision, other.precision]).toEqual(['fp32', precision]);
    expect(other.verified?.largestDifference).toBeGreaterThan(exact.verified?.largestDifference ?? NaN);
    expect(other.verified?.largestDifference).toBeLessThan(most);
    await Promise.all([exact.dispose(), other.dispose()]);
  });

  test('that normalises each section by itself passes its test', async () => {
    const card = { format: 3, normalise: 'section' } as const;
    const made = tinyPackage();
    for (const form of ['model.onnx', 'model-wasm.onnx']) replaceFile(made, form, tinyModel('fp32', card));
    setField(made.rdf, 'inputs.0.preprocessing', [{ id: 'zero_mean_unit_variance', kwargs: { axes: ['y', 'x'] } }]);
    const input = fixture('test-input.npy');
    const { data } = decodeNpy(input, 'input');
    // By the card's numbers the image has other z-scores than by its own, so the test's result is another.
    await expect(createSegmenter({ model: zip(made), device: 'cpu' })).rejects.toThrow(
      'must give the test of its package',
    );
    const single = await createSegmenter({ model: tinyModel('fp32', card), device: 'cpu' });
    const found = await single.segmentWhole({ width: 32, height: 24, data }, { tile: 32 });
    replaceFile(made, 'test-output.npy', encodeNpy(found.data, [1, 24, 32, 1]));
    const segmenter = await createSegmenter({ model: zip(made), device: 'cpu' });
    expect(segmenter.verified?.largestDifference).toBe(0);
    await Promise.all([single.dispose(), segmenter.dispose()]);
  });
});

describe('is refused:', () => {
  test('an option of an unknown name', async () => {
    const options = { model: tinyModel(), tread: 1 };
    await expect(createSegmenter(options)).rejects.toThrow(
      'tread is no option; there are model, device, precision, threads, memory; received "tread".',
    );
  });

  test('a precision that the model lacks', async () => {
    const load = (model: Uint8Array) => createSegmenter({ model, device: 'cpu', precision: 'int8' });
    await expect(load(tinyModel())).rejects.toThrow(InvalidOptionError);
    await expect(load(tinyModel())).rejects.toThrow(
      'precision must be one that the model has: auto, fp32; received "int8"',
    );
    await expect(createSegmenter({ model: tinyModel(), precision: 'bf16' as 'fp16' })).rejects.toThrow(
      'precision must be one of auto, fp32, fp16, int8; received "bf16"',
    );
  });

  test('a package that does not give its test', async () => {
    const made = tinyPackage();
    const output = fixture('test-output.npy');
    const { data, shape } = decodeNpy(output, 'output');
    replaceFile(
      made,
      'test-output.npy',
      encodeNpy(
        data.map((p) => Math.min(1, p + 0.001)),
        shape,
      ),
    );
    const load = createSegmenter({ model: zip(made), device: 'cpu' });
    await expect(load).rejects.toThrow(InvalidPackageError);
    await expect(load).rejects.toThrow(
      /^model\.onnx must give the test of its package; its result in fp32 on the cpu differs by 1\.0e-3 \(1\.0e-4 allowed\)\. Get/,
    );
  });

  test('weights that were changed, with a hash to match', async () => {
    const made = tinyPackage();
    const bytes = fixture('tiny-int8.onnx');
    const name = 'w3.scale';
    // The scale of the last convolution's weights, at which they saturate: float32, behind its name and the tag and length of the values.
    const at = Buffer.from(bytes).lastIndexOf(name) + name.length + 2;
    new DataView(bytes.buffer).setFloat32(at, 0.001, true);
    replaceFile(made, 'model-int8.onnx', withModelCard(bytes, CARD));
    await expect(createSegmenter({ model: zip(made), device: 'cpu', precision: 'int8' })).rejects.toThrow(
      /^model-int8\.onnx must give the test of its package; its result in int8 on the cpu differs/,
    );
  });
});

describe('where CUDA is installed', () => {
  afterEach(() => void vi.restoreAllMocks());

  /** CUDA, which the CPU stands for, or which fails with `failure`. @returns the devices that are tried. */
  function withCuda(failure?: EnvironmentError): string[] {
    const tried: string[] = [];
    const start = ModelWorker.start.bind(ModelWorker);
    vi.spyOn(DEVICES.cuda, 'installed').mockReturnValue(true);
    vi.spyOn(ModelWorker, 'start').mockImplementation((setup) => {
      tried.push(setup.device);
      if (setup.device === 'cuda' && failure !== undefined) return Promise.reject(failure);
      return start({ ...setup, device: 'cpu' });
    });
    return tried;
  }

  test('fp16 runs on it', async () => {
    const tried = withCuda();
    const segmenter = await createSegmenter({ model: zip(tinyPackage()) });
    expect(segmenter).toMatchObject({ precision: 'fp16', fallbackReason: null });
    expect(tried).toEqual(['cuda']);
    await segmenter.dispose();
  });

  test('fp32 runs on it where fp16 fails the test, unless fp16 is asked for', async () => {
    const tried = withCuda();
    const made = tinyPackage();
    replaceFile(made, 'model-fp16.onnx', tinyModel('int8'));
    const segmenter = await createSegmenter({ model: zip(made) });
    expect(segmenter).toMatchObject({ precision: 'fp32', verified: { passes: true, bound: { largest: 1e-3 } } });
    const reason =
      /^The device cuda cannot be trusted with this model: its result in fp16 .* Choose the precision fp32 or the device cpu\.$/;
    expect(segmenter.fallbackReason).toMatch(reason);
    expect(tried).toEqual(['cuda', 'cuda']);
    await segmenter.dispose();
    const asked = createSegmenter({ model: zip(made), device: 'cuda', precision: 'fp16' });
    await expect(asked).rejects.toThrow(reason);
    expect(tried).toEqual(['cuda', 'cuda', 'cuda']);
  });

  test('the CPU takes over where CUDA fails, and why is said once', async () => {
    withCuda(new EnvironmentError('There is no driver.'));
    const segmenter = await createSegmenter({ model: zip(tinyPackage()) });
    expect(segmenter).toMatchObject({ device: 'cpu', precision: 'fp32', fallbackReason: 'There is no driver.' });
    await segmenter.dispose();
  });
});

describe('dilated-unet-segment', () => {
  const run = (...args: string[]): string => {
    const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
    const files = ['--input', folder.file('stack.tif'), '--output', folder.file('mask.tif'), '--device', 'cpu'];
    return execFileSync(process.execPath, [cli, ...files, ...args], { encoding: 'utf8', stdio: 'pipe' });
  };

  test('says what it took, and how the test went', () => {
    expect(run('--model', folder.file('tiny'), '--threads', '1')).toMatch(
      /^model tiny on device cpu, 1 threads, fp32; the test of the package differs by \d\.\de-\d \(1\.0e-4 allowed\)\n/,
    );
    expect(run('--model', folder.file('tiny.zip'), '--precision', 'int8')).toMatch(
      lacksIntegerInstructions()
        ? /^model tiny on device cpu, \d+ threads, fp32; /
        : /^model tiny on device cpu, \d+ threads, int8; the test of the package differs by 5\.4e-2 \(1\.1e-1 allowed\)\n/,
    );
    expect(run('--model', folder.file('tiny.onnx'))).toMatch(/^model tiny on device cpu, \d+ threads, fp32\n/);
  });

  test('refuses what is not as published', () => {
    const made = tinyPackage();
    made.files.set('model.onnx', tinyModel('fp32', { name: 'another' }));
    writeFileSync(folder.file('tampered.zip'), zip(made));
    expect(() => run('--model', folder.file('tampered.zip'))).toThrow(
      /Model .*tampered\.zip: model\.onnx must be the file that/,
    );
  });

  test('keeps what is in the folder of a package', () => {
    const inside = folder.file('tiny/test-input.tif');
    expect(() => run('--model', folder.file('tiny'), '--output', inside)).toThrow(
      /must not be the input or the model, which would be lost/,
    );
  });
});
