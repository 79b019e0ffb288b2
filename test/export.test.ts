import { readdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import {
  cheapestTiling,
  inferenceForm,
  networkStages,
  normalise,
  readModelCard,
  variant,
  VARIANT_NAMES,
  withModelCard,
  type GreyImage,
  type ModelCard,
} from '@dilated-unet/core';
import { inspectOnnx } from '@dilated-unet/onnx';
import * as tf from '@tensorflow/tfjs-node-gpu';
import { createSegmenter } from '@dilated-unet/runtime-node';
import { assertPortable, networkDilations } from '@dilated-unet/tools';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, inject, test } from 'vitest';
import { isbiSection, largestDifference, noise, withoutIsbi } from './support/images.ts';

const models = inject('models');

describe.each(VARIANT_NAMES)('%s, exported and converted', (name) => {
  const network = variant(name);
  const { graphModel, onnx } = models[name];

  test('is one portable ONNX file with its dilations', async () => {
    const summary = inspectOnnx(await readFile(onnx));
    expect(() =>
      assertPortable(summary, { input: 'image', output: 'interior', dilations: networkDilations(network) }),
    ).not.toThrow();
    expect(summary.opset).toBe(17);
    const dilations = summary.convolutions.map((convolution) => convolution.dilations);
    expect(dilations).toHaveLength(22);
    const bottleneck = name.startsWith('dilated') ? [1, 2, 4, 8, 16, 32] : [1, 1, 1, 1, 1, 1];
    expect(dilations.slice(6, 12)).toEqual(bottleneck.map((d) => [d, d]));
    expect(summary.ops['Transpose'] ?? 0).toBe(0);
    expect(summary.ops['BatchNormalization']).toBe(18);
    // No Reshape to sides that are computed: tf2onnx sometimes loses the node behind it.
    const end = summary.nodes.slice(summary.nodes.findLastIndex(({ op }) => op === 'Conv') + 1);
    expect(end.map(({ op }) => op)).toEqual(['Sigmoid', 'Squeeze', 'Unsqueeze']);
    expect(summary.outputs[0]?.dims?.at(-1)).toBe(1);
    expect((await readdir(dirname(onnx))).filter((file) => file.startsWith('model.onnx'))).toEqual(['model.onnx']);
  });

  test('carries its card', async () => {
    expect(readModelCard(await readFile(onnx))).toEqual({
      format: 2,
      largestActivationBytes: 264,
      name,
      input: 'image',
      output: 'interior',
      stride: 8,
      receptiveFieldRadius: name.startsWith('dilated') ? 553 : 90,
      normalisation: { mean: 126, std: 44 },
      ...networkStages(inferenceForm(network)),
    });
  });

  test.each([
    ['with the skip kept', 'encoder-with-skip'],
    ['with it computed again, as by cards of earlier versions', 'encoder'],
  ])('runs stage by stage to the same result, %s', async (_, first) => {
    const file = await readFile(onnx);
    const { stagesKeepingSkip, ...plain } = readModelCard(file);
    const card = { ...plain, ...(first !== 'encoder' && { stagesKeepingSkip }) } as ModelCard;
    const segmenter = await createSegmenter({ model: withModelCard(file, card), device: 'cpu' });
    const image = noise(296, 219);
    const whole = await segmenter.segmentWhole(image, { tile: 296 });
    expect(cheapestTiling(image, 136, card).stages?.[0]?.name).toBe(first);
    const staged = await segmenter.segmentWhole(image, { tile: 136 });
    expect(largestDifference(staged.data, whole.data)).toBeLessThan(1e-5);
    await segmenter.dispose();
  });

  const images: readonly (readonly [string, string | undefined, () => GreyImage | Promise<GreyImage>])[] = [
    ['noise of 136 x 200 pixels', undefined, () => noise(200, 136)],
    ['a section of ISBI-2012', withoutIsbi, () => isbiSection(27)],
  ];
  test.for(images)('equals TensorFlow within 1e-4 on %s', async ([, missing, load], { skip }) => {
    if (missing !== undefined) skip(missing);
    const image = await load();
    const { normalisation } = readModelCard(await readFile(onnx));
    const input = normalise(image.data, normalisation);
    const shape = [1, image.height, image.width, 1] as const;

    const graph = await tf.loadGraphModel(`file://${graphModel}`);
    const given = tf.tensor4d(input, [...shape]);
    const expected = graph.predict(given) as tf.Tensor;
    expect(expected.shape).toEqual([...shape]);

    const session = await InferenceSession.create(onnx);
    const { interior } = await session.run({ image: new Tensor('float32', input, shape) });
    const actual = interior?.data as Float32Array;
    const reference = await expected.data<'float32'>();
    // A test on a constant result would say nothing.
    expect(Math.max(...reference.subarray(0, 10_000)) - Math.min(...reference.subarray(0, 10_000))).toBeGreaterThan(
      0.05,
    );
    expect(largestDifference(actual, reference)).toBeLessThan(1e-4);
    await session.release();
    tf.dispose([given, expected]);
    graph.dispose();
  });
});
