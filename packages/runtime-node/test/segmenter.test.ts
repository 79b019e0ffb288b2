import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  EnvironmentError,
  InvalidImageError,
  InvalidModelError,
  InvalidOptionError,
  type SegmentOptions,
  withModelCard,
} from '@dilated-unet/core';
import { stackSource } from '@dilated-unet/stacks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSegmenter, segmentRows, type NodeSegmenter, type SegmenterOptions } from '../src/index.ts';
import { temporaryFolder } from '../../stacks/test/support/folder.ts';
import { noise, noiseStack } from '../../stacks/test/support/images.ts';
import { graph, model } from './support/models.ts';

const folder = temporaryFolder();

describe('loading a model', () => {
  test('from a path', async () => {
    writeFileSync(folder.file('model.onnx'), model());
    const segmenter = await createSegmenter({ model: folder.file('model.onnx') });
    expect(segmenter.card).toMatchObject({ name: 'tiny-unet', receptiveFieldRadius: 90 });
    expect(segmenter.threads).toBeGreaterThanOrEqual(1);
    await segmenter.dispose();
  });

  test('from bytes, which stay as they are', async () => {
    const bytes = model();
    const segmenter = await createSegmenter({ model: bytes, device: 'cpu', threads: 1 });
    expect(segmenter).toMatchObject({ device: 'cpu', threads: 1 });
    expect(bytes).toEqual(model());
    await segmenter.dispose();
  });

  test('exported before format 2 of its card', async () => {
    const format1 = fileURLToPath(new URL('fixtures/format-1.onnx', import.meta.url));
    const [before, now] = await Promise.all(
      [format1, model()].map((model) => createSegmenter({ model, device: 'cpu' })),
    );
    const image = noise(64, 48);
    expect(await before?.segmentWhole(image)).toEqual(await now?.segmentWhole(image));
    await Promise.all([before?.dispose(), now?.dispose()]);
  });

  /** Valid protobuf with a graph field, which is no graph: only ONNX Runtime sees it. */
  const noGraph = Uint8Array.of(0x3a, 2, 0x0a, 0);
  test.each([
    {
      what: 'a missing file',
      model: () => folder.file('none.onnx'),
      message: /none\.onnx cannot be read: there is no such file/,
    },
    {
      what: 'a folder',
      model: () => folder.path,
      message: /rdf\.yaml must be at the top of the package; it is missing/,
    },
    { what: 'an empty file', model: () => new Uint8Array(), message: /not an ONNX model/ },
    { what: 'a text', model: () => new TextEncoder().encode('hello, this is no model'), message: /not an ONNX model/ },
    { what: 'a model cut off', model: () => model().subarray(0, 5000), message: /not an ONNX model: it ends/ },
    { what: 'a model without a card', model: graph, message: /no dilated-unet model card/ },
    {
      what: 'a graph that ONNX Runtime refuses',
      model: () => withModelCard(noGraph, { ...CARD }),
      message: /ONNX Runtime 1\.30\.0 cannot load the model/,
    },
    {
      what: 'a card that names another input',
      model: () => model('tiny-unet', { input: 'picture' }),
      message: /names the input "picture", and the graph has image/,
    },
    {
      what: 'a card that names another output',
      model: () => model('tiny-unet', { output: 'mask' }),
      message: /names the output "mask", and the graph has interior/,
    },
  ])('$what is refused', async ({ model: given, message }) => {
    const failure = await createSegmenter({ model: given(), device: 'cpu' }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(InvalidModelError);
    expect((failure as Error).message).toMatch(message);
  });

  test('what ONNX Runtime said is the cause', async () => {
    const failure = await createSegmenter({ model: withModelCard(noGraph, CARD) }).catch((error: unknown) => error);
    expect((failure as Error).cause).toBeInstanceOf(Error);
  });

  test.each<{ options: Partial<Record<keyof SegmenterOptions, unknown>>; message: RegExp }>([
    { options: { device: 'gpu' }, message: /device must be one of auto, cpu, cuda; received "gpu"/ },
    { options: { threads: 0 }, message: /threads must be an integer of at least 1; received 0/ },
    { options: { threads: 1.5 }, message: /threads/ },
    { options: { model: 7 }, message: /model must be a path, the bytes/ },
  ])('$options is refused', async ({ options, message }) => {
    const failure = await createSegmenter({ model: model(), ...options } as SegmenterOptions).catch((e: unknown) => e);
    expect(failure).toBeInstanceOf(InvalidOptionError);
    expect((failure as Error).message).toMatch(message);
  });

  test('cuda runs, or the error says what to install', async () => {
    const result = await createSegmenter({ model: model(), device: 'cuda' }).catch((error: unknown) => error);
    if (result instanceof Error) {
      expect(result).toBeInstanceOf(EnvironmentError);
      expect(result.message).toMatch(/libonnxruntime_providers_cuda\.so.*onnxruntime-gpu 1\.30\.0/);
    } else {
      expect((result as NodeSegmenter).device).toBe('cuda');
      await (result as NodeSegmenter).dispose();
    }
  });
});

const CARD = {
  format: 2,
  largestActivationBytes: 264,
  name: 'odd',
  input: 'image',
  output: 'interior',
  stride: 8,
  receptiveFieldRadius: 90,
  normalisation: { mean: 0, std: 1 },
} as const;

describe('a loaded model', () => {
  let segmenter: NodeSegmenter;
  beforeAll(async () => {
    segmenter = await createSegmenter({ model: model(), device: 'cpu' });
  });
  afterAll(() => segmenter.dispose());

  test.each([
    { what: 'too few values', image: { width: 8, height: 8, data: new Uint8Array(63) } },
    { what: 'no pixels', image: { width: 0, height: 8, data: new Uint8Array() } },
    { what: 'a size below 0', image: { width: -8, height: 8, data: new Uint8Array(64) } },
    { what: 'a value that is not finite', image: { width: 2, height: 1, data: Float32Array.of(1, NaN) } },
  ])('refuses $what', async ({ image }) => {
    await expect(segmenter.segmentWhole(image)).rejects.toThrow(InvalidImageError);
  });

  test('takes an image of one pixel', async () => {
    const { data } = await segmenter.segmentWhole({ width: 1, height: 1, data: Uint8Array.of(100) });
    expect(data).toHaveLength(1);
    expect(data[0]).toBeGreaterThan(0);
  });

  test('refuses a tile without room within its halo, and says how much it needs', async () => {
    await expect(segmenter.segmentWhole(noise(512, 512), { tile: 192 })).rejects.toThrow(
      /tile must be at least 200 pixels/,
    );
  });

  test('refuses an option that it does not know', async () => {
    const options = { normalize: 'model' } as SegmentOptions;
    const message = 'normalize is no option; there are z, region, tile';
    await expect(segmenter.segmentWhole(noise(64, 64), options)).rejects.toThrow(message);
  });

  test('does not begin when the signal is aborted', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(segmenter.segmentWhole(noise(64, 64), { signal })).rejects.toThrow('enough');
  });

  test('stops between two tiles when the signal is aborted', async () => {
    const stop = new AbortController();
    let parts = 0;
    const run = async (): Promise<void> => {
      for await (const part of segmenter.segment(noise(1024, 512), { tile: 256, signal: stop.signal })) {
        parts = part.done;
        if (parts === 2) stop.abort(new Error('enough'));
      }
    };
    await expect(run()).rejects.toThrow('enough');
    expect(parts).toBe(2);
  });

  test('works on after an error', async () => {
    await expect(segmenter.segmentWhole({ width: 8, height: 8, data: new Uint8Array(1) })).rejects.toThrow();
    expect((await segmenter.segmentWhole(noise(8, 8))).data).toHaveLength(64);
  });

  test('counts what a stack holds while it is read', async () => {
    const limited = await createSegmenter({ model: model(), device: 'cpu', memory: 1e9 });
    const source = { ...stackSource(noiseStack(64, 64, 1)), keptBytes: 2e9 };
    const message = /memory must be at least 2\.\d GB/;
    await expect(limited.segmentWhole(source)).rejects.toThrow(message);
    await expect(segmentRows(limited, source).next()).rejects.toThrow(message);
    await limited.dispose();
  });

  test('says so when the network gives another size than it got', async () => {
    // With a stride of 4 the three poolings drop the last rows and columns.
    const odd = await createSegmenter({ model: model('tiny-unet', { stride: 4 }), device: 'cpu' });
    await expect(odd.segmentWhole(noise(12, 12))).rejects.toThrow(InvalidModelError);
    await odd.dispose();
  });
});
