import { createRequire } from 'node:module';
import { withWinograd } from '@dilated-unet/core';
import { openModel } from '@dilated-unet/model-package/node';
import * as runtime from 'onnxruntime-web';
import { describe, expect, test } from 'vitest';
import { twoConvolutions } from '../../core/test/support/two-convolutions.ts';
import { openWasm } from '../src/worker/wasm-backend.ts';
import { largestDifference } from './support/small-unet.ts';

const { env, InferenceSession, Tensor } = runtime;
env.wasm.numThreads = 1;
env.logLevel = 'error';

/** Standard deviation, to see that a map is not blank. */
function spread(data: Float32Array): number {
  const mean = data.reduce((sum, v) => sum + v, 0) / data.length;
  return Math.sqrt(data.reduce((sum, v) => sum + (v - mean) ** 2, 0) / data.length);
}

async function run(
  model: Uint8Array,
  [height, width]: readonly [number, number],
  channels: number,
  images = 1,
): Promise<runtime.Tensor> {
  const session = await InferenceSession.create(model, { logSeverityLevel: 3 });
  const data = Float32Array.from({ length: images * channels * height * width }, (_, i) => Math.sin(i * 0.37) + 0.3);
  const { second } = await session.run({ map: new Tensor('float32', data, [images, channels, height, width]) });
  await session.release();
  return second as runtime.Tensor;
}

describe('withWinograd', () => {
  const channels = [56, 64, 72] as const;
  const model = twoConvolutions(channels);
  const rewritten = withWinograd(model);

  // Every remainder by 4, tiles of which a pixel is used, and maps of a single one.
  test.each<[number, number]>([
    [1, 1],
    [2, 3],
    [3, 6],
    [4, 4],
    [5, 12],
    [16, 9],
    [31, 34],
  ])('gives what the convolutions give, up to the rim, at %i x %i', async (height, width) => {
    const [before, after] = [
      await run(model, [height, width], channels[0]),
      await run(rewritten, [height, width], channels[0]),
    ];
    expect(after.dims).toEqual([1, channels[2], height, width]);
    const [expected, given] = [before.data as Float32Array, after.data as Float32Array];
    expect(spread(expected)).toBeGreaterThan(0.5);
    expect(largestDifference(given, expected)).toBeLessThan(2e-5 * spread(expected));
    // Something else was computed.
    if (height * width > 100) expect(given).not.toEqual(expected);
  });

  test('gives what they give for several images at once', async () => {
    const [before, after] = [await run(model, [7, 10], channels[0], 3), await run(rewritten, [7, 10], channels[0], 3)];
    expect(after.dims).toEqual([3, channels[2], 7, 10]);
    const expected = before.data as Float32Array;
    expect(largestDifference(after.data as Float32Array, expected)).toBeLessThan(2e-5 * spread(expected));
  });
});

test('runs in WebAssembly', async () => {
  const { card, formFor } = await openModel(createRequire(import.meta.url).resolve('@dilated-unet/models/phantom.zip'));
  const model = await formFor({ engine: 'wasm', precision: 'fp32' }).read();
  const [width, height] = [72, 56];
  // Dark lines, as membranes are.
  const data = Float32Array.from({ length: width * height }, (_, i) => ((i % width) % 24 < 5 ? -2 : 0.5));
  const session = await InferenceSession.create(model, { executionProviders: ['wasm'], logSeverityLevel: 3 });
  const expected = await session.run({ [card.input]: new Tensor('float32', data, [1, height, width, 1]) });
  const backend = openWasm(runtime, { model, card });
  const [given] = await backend.compute({ stage: null, inputs: [{ width, height, channels: 1, data }] });
  const asItIs = expected[card.output]?.data as Float32Array;
  expect(spread(asItIs)).toBeGreaterThan(0.1);
  expect(largestDifference(given?.data as Float32Array, asItIs)).toBeLessThan(1e-5);
  expect(given?.data).not.toEqual(asItIs);
  await session.release();
  await backend.release();
});
