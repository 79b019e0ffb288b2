import { archive, decodeNpy, encodeNpy } from '@dilated-unet/model-package';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CARD,
  fixture,
  hash,
  replaceFile,
  setField,
  tinyModel,
  tinyPackage,
  withRdf,
  type TinyPackage,
} from '../../model-package/test/support/tiny-package.ts';
import type { WebSegmenterOptions } from '@dilated-unet/runtime-web';
import { openTestPage, type OpenPage } from './support/page.ts';
import { largestDifference, nativeResult, testImage } from './support/small-unet.ts';

type Options = Pick<WebSegmenterOptions, 'device' | 'precision'>;

/** See test/page/gpu-tampering.ts. */
interface Tampering {
  readonly wrongNumbers?: boolean;
  readonly claimHalfFloats?: boolean;
}

const IMAGE = testImage(48, 40);
let opened: OpenPage;
let expected: Float32Array;

beforeAll(async () => {
  opened = await openTestPage({ webgpu: true });
  expected = await nativeResult(tinyModel(), IMAGE, CARD);
});
afterAll(() => opened?.close());

const zip = (made: TinyPackage): Uint8Array => archive(withRdf(made));

/** Segments in the page on a software GPU that passes for hardware, or on WASM. */
async function segment(made: TinyPackage, options: Options = {}, tampering: Tampering = {}) {
  await opened.serve('tiny.zip', zip(made));
  return opened.page.evaluate(
    async ({ image, options, tampering }) => {
      const gpu = unet.tamperedWorker();
      gpu.postMessage(tampering);
      const segmenter = await unet.createSegmenter({ model: 'tiny.zip', ...options, worker: () => gpu });
      const { data } = await segmenter.segmentWhole(image);
      const { model, card, device, precision, verified, fallbackReason } = segmenter;
      await segmenter.dispose();
      return { data, model, card, device, precision, verified, fallbackReason };
    },
    { image: IMAGE, options, tampering },
  );
}

/** What loading throws in the page. */
function refusal(made: TinyPackage, options: Options = {}, tampering: Tampering = {}) {
  return opened.page.evaluate(
    ({ model, options, tampering }) =>
      unet.thrownBy(() => {
        const gpu = unet.tamperedWorker();
        gpu.postMessage(tampering);
        return unet.createSegmenter({ model, ...options, worker: () => gpu });
      }),
    { model: zip(made), options, tampering },
  );
}

/** A package whose first byte of `file` is another than it was published with. */
function tampered(file: string): TinyPackage {
  const made = tinyPackage();
  const bytes = Uint8Array.from(made.files.get(file) as Uint8Array);
  bytes[bytes.length - 9] = (bytes[bytes.length - 9] as number) ^ 1;
  made.files.set(file, bytes);
  return made;
}

/** A package that says of its test what no device gives. */
function wrongTest(): TinyPackage {
  const made = tinyPackage();
  const { data, shape } = decodeNpy(fixture('test-output.npy'), 'output');
  const shifted = data.map((p) => (p < 0.5 ? p + 0.25 : p - 0.25));
  replaceFile(made, 'test-output.npy', encodeNpy(shifted, shape));
  return made;
}

describe('a package on wasm', () => {
  it('is tested when it is loaded, and says what it is', async () => {
    const made = tinyPackage();
    setField(made.rdf, 'config.dilated_unet.terms', 'For tests alone.');
    const result = await segment(made, { device: 'wasm' });
    expect(result).toMatchObject({ card: CARD, device: 'wasm', precision: 'fp32', fallbackReason: null });
    expect(result.model).toEqual({
      name: 'Tiny U-net',
      sha256: hash(withRdf(made).get('rdf.yaml') as Uint8Array),
      terms: 'For tests alone.',
      card: CARD,
      forms: [
        { precision: 'fp32', engine: null, deviation: expect.objectContaining({ classChanged: 0 }) as object },
        { precision: 'fp32', engine: 'wasm', deviation: expect.objectContaining({ classChanged: 0 }) as object },
        { precision: 'fp16', engine: null, deviation: expect.objectContaining({ classChanged: 1.3e-3 }) as object },
        { precision: 'int8', engine: null, deviation: expect.objectContaining({ classChanged: 5.2e-3 }) as object },
      ],
    });
    expect(result.verified).toMatchObject({ passes: true, bound: { largest: 1e-4 } });
    expect(largestDifference(result.data, expected)).toBeLessThan(1e-5);
  });

  it.each([
    ['fp16', 1e-2],
    ['int8', 0.2],
  ] as const)('runs in another precision when it is asked to: %s', async (precision, most) => {
    const result = await segment(tinyPackage(), { device: 'wasm', precision });
    expect(result).toMatchObject({ device: 'wasm', precision, verified: { passes: true } });
    expect(largestDifference(result.data, expected)).toBeGreaterThan(1e-5);
    expect(largestDifference(result.data, expected)).toBeLessThan(most);
  });

  it.each(['model-wasm.onnx', 'test-input.npy'])('is refused where %s was changed', async (field) => {
    const thrown = await refusal(tampered(field), { device: 'wasm' });
    expect(thrown).toMatchObject({ name: 'InvalidPackageError', known: true, place: { field } });
    expect(thrown?.place?.rule).toMatch(/^must be the file that the package was published with, of SHA-256/);
  });

  it('is refused where it does not give its test, also after a GPU', async () => {
    for (const device of ['wasm', 'auto'] as const) {
      const thrown = await refusal(wrongTest(), { device });
      expect(thrown).toMatchObject({
        name: 'InvalidPackageError',
        known: true,
        place: {
          field: 'model-wasm.onnx',
          rule: 'must give the test of its package; its result in fp32 on the wasm differs by 2.5e-1 (1.0e-4 allowed)',
        },
      });
    }
  });

  it('is refused where it lacks the precision', async () => {
    const made = tinyPackage();
    setField(made.rdf, 'config.dilated_unet.forms', [
      (made.rdf['config'] as { dilated_unet: { forms: unknown[] } }).dilated_unet.forms[0],
    ]);
    const thrown = await refusal(made, { device: 'wasm', precision: 'int8' });
    expect(thrown).toMatchObject({ name: 'InvalidOptionError', known: true });
    expect(thrown?.message).toBe('precision must be one that the model has: auto, fp32; received "int8".');
  });
});

describe('a package on webgpu', () => {
  it('gives its test there', async () => {
    const result = await segment(tinyPackage());
    expect(result).toMatchObject({ device: 'webgpu', precision: 'fp32', fallbackReason: null });
    expect(result.verified).toMatchObject({ passes: true, bound: { largest: 1e-3 } });
    expect(largestDifference(result.data, expected)).toBeLessThan(1e-3);
  });

  it('runs in the precision that is asked for, and reads no other form', async () => {
    const result = await segment(tampered('model-wasm.onnx'), { device: 'webgpu', precision: 'fp32' });
    expect(result).toMatchObject({ device: 'webgpu', precision: 'fp32', verified: { bound: { largest: 1e-3 } } });
    expect(largestDifference(result.data, expected)).toBeLessThan(1e-3);
  });

  it('runs in 16 bits by itself where the adapter has them, and nowhere else', async () => {
    const made = tampered('model-fp16.onnx');
    expect(await refusal(made, {}, { claimHalfFloats: true })).toMatchObject({ place: { field: 'model-fp16.onnx' } });
    const asked = await refusal(made, { device: 'webgpu', precision: 'fp16' });
    expect(asked).toMatchObject({ name: 'EnvironmentError', known: true });
    expect(asked?.message).toContain('lacks the feature shader-f16');
  });

  it('runs in 32 bits where it fails its test in 16', async () => {
    const made = tinyPackage();
    // Its differences are 30 times those that the package states for 16-bit floats.
    replaceFile(made, 'model-fp16.onnx', tinyModel('int8'));
    const result = await segment(made, {}, { claimHalfFloats: true });
    expect(result).toMatchObject({ device: 'webgpu', precision: 'fp32', fallbackReason: null });
    expect(largestDifference(result.data, expected)).toBeLessThan(1e-3);
  });

  it('goes to WASM where the GPU computes something else, and says so', async () => {
    const result = await segment(tinyPackage(), {}, { wrongNumbers: true });
    expect(result).toMatchObject({ device: 'wasm', precision: 'fp32', verified: { bound: { largest: 1e-4 } } });
    expect(result.fallbackReason).toMatch(
      /^The device webgpu cannot be trusted with this model: its result in fp32 on the test of the package differs by 2\.5e-1 /,
    );
    expect(largestDifference(result.data, expected)).toBeLessThan(1e-5);
  });

  it('is an error where the device was demanded', async () => {
    const thrown = await refusal(wrongTest(), { device: 'webgpu' });
    expect(thrown).toMatchObject({ name: 'EnvironmentError', known: true });
    expect(thrown?.message).toContain('cannot be trusted with this model');
  });
});

it('the console is left alone', () => {
  expect(opened.complaints).toEqual([]);
});
