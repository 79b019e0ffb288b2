import { createRequire } from 'node:module';
import { EnvironmentError, InvalidModelError } from '@dilated-unet/core';
import { openModel } from '@dilated-unet/model-package/node';
import * as runtime from 'onnxruntime-web';
import { beforeAll, expect, test } from 'vitest';
import type { OnnxModel } from '../src/worker/backend.ts';
import type { OnnxRuntime } from '../src/worker/runtime.ts';
import { openWasm } from '../src/worker/wasm-backend.ts';

const { env, InferenceSession, Tensor } = runtime;
env.wasm.numThreads = 1;
env.logLevel = 'error';

const [width, height] = [40, 32];
const data = Float32Array.from({ length: width * height }, (_, i) => ((i % width) % 24 < 5 ? -2 : 0.5));
const NO_MEMORY = "Can't create a session. ERROR_CODE: 6, ERROR_MESSAGE: std::bad_alloc";

let loaded: OnnxModel;
beforeAll(async () => {
  const { card, formFor } = await openModel(createRequire(import.meta.url).resolve('@dilated-unet/models/phantom.zip'));
  loaded = { card, model: await formFor({ engine: 'wasm', precision: 'fp32' }).read() };
});

/** What the model gives where ONNX Runtime makes sessions of the graphs alone that `takes` takes, and fails with `message` else. */
async function computed(message: string, takes: (graph: Uint8Array) => boolean): Promise<Float32Array> {
  const create = async (graph: Uint8Array, options: runtime.InferenceSession.SessionOptions) => {
    if (!takes(graph)) throw new Error(message);
    return InferenceSession.create(graph, options);
  };
  const failing = { ...runtime, InferenceSession: { create } } as unknown as OnnxRuntime;
  const backend = openWasm(failing, loaded);
  try {
    const [output] = await backend.compute({ stage: null, inputs: [{ width, height, channels: 1, data }] });
    return output?.data as Float32Array;
  } finally {
    await backend.release();
  }
}

test('a model for which there is no memory is not called damaged', async () => {
  const error: unknown = await computed(NO_MEMORY, () => false).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(EnvironmentError);
  expect(String(error)).toMatch(/does not fit in the memory of WebAssembly .*std::bad_alloc.* Close other pages/);
});

test('one that does not load for another reason is', async () => {
  await expect(computed('No Op registered', () => false)).rejects.toThrow(InvalidModelError);
});

test("one that fits only without Winograd's algorithm runs as its file has it", async () => {
  const { card, model } = loaded;
  const session = await InferenceSession.create(model, { executionProviders: ['wasm'], logSeverityLevel: 3 });
  const expected = await session.run({ [card.input]: new Tensor('float32', data, [1, height, width, 1]) });
  await session.release();
  expect(await computed(NO_MEMORY, (graph) => graph === model)).toEqual(expected[card.output]?.data);
});
