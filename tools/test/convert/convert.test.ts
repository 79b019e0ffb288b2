import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidModelError, readModelCard, type ModelCard } from '@dilated-unet/core';
import { inspectOnnx } from '@dilated-unet/onnx';
import { createSegmenter, type NodeSegmenter } from '@dilated-unet/runtime-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { assertPortable } from '../../src/convert/checks.ts';
import { convertToOnnx } from '../../src/convert/convert.ts';
import { verifyModel, type VerifyOptions } from '../../src/convert/verify.ts';
import { toolsPython } from '../../src/setup/set-up.ts';
import { smallNetwork, writeSmallGraphModel } from '../support/small-graph-model.ts';
import { temporaryFolder } from '../../../packages/host/test/support/temporary.ts';

const card: ModelCard = {
  format: 2,
  largestActivationBytes: 264,
  name: 'small',
  input: 'image',
  output: 'interior',
  stride: 2,
  receptiveFieldRadius: 5,
  normalisation: { mean: 120, std: 30 },
};

/** Sections of waves and what the network makes of them, computed in double precision. */
function reference(depth: number, height: number, width: number): Pick<VerifyOptions, 'images' | 'expected'> {
  const size = height * width;
  const zScores = Float32Array.from({ length: depth * size }, (_, i) => 2 * Math.sin(i * i * 0.013));
  const { mean, std } = card.normalisation;
  const expected = new Float32Array(depth * size);
  for (let z = 0; z < depth; z++) {
    expected.set(smallNetwork(zScores.subarray(z * size, (z + 1) * size), height, width), z * size);
  }
  return {
    images: { width, height, depth, data: zScores.map((value) => value * std + mean) },
    expected: { width, height, depth, data: expected },
  };
}

describe('a small graph-model, converted by tf2onnx', () => {
  let folder: string;
  let graphModel: string;
  let model: Uint8Array;
  const convert = (...place: string[]): Promise<Uint8Array> => {
    const output = join(folder, ...place, 'model.onnx');
    return convertToOnnx({ graphModel, output, python: toolsPython(), card, env: process.env });
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'dilated-unet-convert-'));
    graphModel = writeSmallGraphModel(folder);
    model = await convert('out');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('is one file, with its card, and nothing is left beside it', () => {
    expect(readdirSync(join(folder, 'out'))).toEqual(['model.onnx']);
    expect(new Uint8Array(readFileSync(join(folder, 'out', 'model.onnx')))).toEqual(new Uint8Array(model));
    expect(readModelCard(model)).toEqual(card);
  });

  test('is the same file, byte for byte, when it is converted again', async () => {
    mkdirSync(join(folder, 'elsewhere'));
    graphModel = writeSmallGraphModel(join(folder, 'elsewhere'));
    expect(Buffer.compare(await convert('again'), model)).toBe(0);
  });

  test('says plain convolutions with dilations and explicit pads', () => {
    const summary = inspectOnnx(model);
    expect(summary.opset).toBe(17);
    expect(summary.hasExternalData).toBe(false);
    expect(
      summary.convolutions.map(({ kernel, dilations, pads, autoPad }) => ({ kernel, dilations, pads, autoPad })),
    ).toEqual([
      { kernel: [3, 3], dilations: [1, 1], pads: [1, 1, 1, 1], autoPad: 'NOTSET' },
      { kernel: [3, 3], dilations: [2, 2], pads: [2, 2, 2, 2], autoPad: 'NOTSET' },
    ]);
    expect(summary.ops).toMatchObject({ Conv: 2, Relu: 1, BatchNormalization: 1, MaxPool: 1, Resize: 1, Sigmoid: 1 });
    expect(summary.inputs.map(({ name }) => name)).toEqual(['image']);
    expect(summary.outputs.map(({ name }) => name)).toEqual(['interior']);
    expect(summary.inputs[0]?.dims).toHaveLength(4);
    expect(summary.inputs[0]?.dims?.slice(0, 3).every((size) => typeof size === 'string')).toBe(true);
  });

  test('is portable, and is not taken for another network', () => {
    const summary = inspectOnnx(model);
    assertPortable(summary, { input: 'image', output: 'interior', dilations: [1, 2] });
    expect(() => assertPortable(summary, { input: 'image', output: 'interior', dilations: [1, 4] })).toThrow(
      /dilations of the convolutions must be 1 4, they are 1 2/,
    );
  });

  describe('verified', () => {
    let segmenter: NodeSegmenter;
    beforeAll(async () => {
      segmenter = await createSegmenter({ model, device: 'cpu' });
    });
    afterAll(() => segmenter.dispose());

    test.each([
      [2, 2],
      [12, 20],
      [32, 6],
    ])('computes what the network computes on %i x %i pixels', async (height, width) => {
      const difference = await verifyModel({ segmenter, ...reference(1, height, width) });
      expect(difference).toBeLessThan(1e-5);
      expect(difference).toBeGreaterThan(0);
    });

    test('is refused where one pixel differs, and where one is NaN', async () => {
      const { images, expected } = reference(3, 8, 10);
      expected.data[2 * 80 + 25] = (expected.data[2 * 80 + 25] ?? 0) + 3e-4;
      const verified = (bound?: number) =>
        verifyModel({ segmenter, images, expected, ...(bound !== undefined && { bound }) });
      await expect(verified()).rejects.toThrow(
        /differs from TensorFlow by 3\.0e-4 at section 3, y 2, x 5; at most 0\.0001 is allowed/,
      );
      await expect(verified(4e-4)).resolves.toBeCloseTo(3e-4, 5);
      expected.data[2 * 80 + 25] = NaN;
      await expect(verified(4e-4)).rejects.toThrow(InvalidModelError);
      await expect(verified(4e-4)).rejects.toThrow(/is not a number at section 3, y 2, x 5/);
    });

    test('compares the first, the middle and the last section', async () => {
      const seen: string[] = [];
      await verifyModel({
        segmenter,
        ...reference(5, 8, 8),
        onSection: (done, total) => seen.push(`${done}/${total}`),
      });
      expect(seen).toEqual(['1/3', '2/3', '3/3']);
    });
  });
});

describe('what cannot be converted', () => {
  const convert = (folder: string, graphModel: string, signal?: AbortSignal) =>
    convertToOnnx({
      graphModel,
      output: join(folder, 'model.onnx'),
      python: toolsPython(),
      card,
      env: process.env,
      ...(signal === undefined ? {} : { signal }),
    });

  test.each([
    ['a file that is not there', undefined, /cannot be read/],
    ['text that is not JSON', 'hello', /it is not JSON/],
    ['JSON that is no graph-model', '{"a": 1}', /no modelTopology/],
    ['a graph-model without a signature', '{"modelTopology": {}}', /names 0 inputs instead of one/],
  ])('%s', async (_name, text, expected) => {
    const folder = temporaryFolder();
    const path = join(folder, 'model.json');
    if (text !== undefined) writeFileSync(path, text);
    await expect(convert(folder, path)).rejects.toThrow(expected);
    await expect(convert(folder, path)).rejects.toThrow(InvalidModelError);
  });

  test('an operation that tf2onnx does not know: its words are passed on, an older model is kept', async () => {
    const folder = temporaryFolder();
    const path = writeSmallGraphModel(folder, (nodes) =>
      nodes.map((node) => (node.name === 'relu' ? { ...node, op: 'NoSuchOperation' } : node)),
    );
    writeFileSync(join(folder, 'model.onnx'), 'older');
    await expect(convert(folder, path)).rejects.toThrow(/tf2onnx could not convert[^]*NoSuchOperation/);
    expect(readFileSync(join(folder, 'model.onnx'), 'utf8')).toBe('older');
    expect(readdirSync(folder).sort()).toEqual(['model.json', 'model.onnx', 'weights.bin']);
  });

  test('a conversion that is stopped leaves nothing', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'in'));
    const path = writeSmallGraphModel(join(folder, 'in'));
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('enough')), 300);
    await expect(convert(folder, path, controller.signal)).rejects.toThrow('enough');
    expect(readdirSync(folder)).toEqual(['in']);
  });
});
