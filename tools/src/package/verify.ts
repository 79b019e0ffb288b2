import { asTrained, type GreyImage } from '@dilated-unet/core';
import type { OnProgress } from '@dilated-unet/host';
import {
  testResult,
  type Engine,
  type Model,
  type ModelForm,
  type TestResult,
  type TestTensors,
} from '@dilated-unet/model-package';
import { createSegmenter, installedDevices } from '@dilated-unet/runtime-node';
import { segmentOnWasm } from './wasm.ts';

/** One form on one provider. */
export interface VerifiedForm {
  readonly form: ModelForm;
  readonly provider: Engine;
  /** Of the test, without loading, milliseconds; null where it failed. */
  readonly ms: number | null;
  /** What came of it; where the form did not load or run, why. */
  readonly result: TestResult | Error;
}

/** With which all probabilities are alike. */
const ANY = { largestDifference: 0.5, meanDifference: 0.5, classChanged: 1 };

/** Side of the image by which a single ONNX file is tested, in strides. */
const STRIDES = 16;

/**
 * Checks all files of a model, and runs each of its forms on each provider of this machine: ONNX Runtime's CPU kernels, CUDA
 * where it is installed, and WebAssembly.
 *
 * @returns one entry for each form and provider. A single ONNX file, which has no test, is compared with the CPU.
 * @throws InvalidPackageError when a file is not as published.
 */
export async function verifyForms(
  model: Model,
  { onProgress, signal }: { readonly onProgress: OnProgress; readonly signal: AbortSignal },
): Promise<readonly VerifiedForm[]> {
  onProgress({ phase: 'checking the files' });
  await model.verifyFiles();
  const engines: readonly Engine[] = [...installedDevices().toSorted(), 'wasm'];
  const pairs = model.forms.flatMap((form) =>
    engines.filter((engine) => form.engine === null || form.engine === engine).map((engine) => ({ form, engine })),
  );
  const test = model.test ?? (await testByCpu(model));
  const verified: VerifiedForm[] = [];
  for (const [i, { form, engine }] of pairs.entries()) {
    signal.throwIfAborted();
    onProgress({ phase: `testing ${form.precision} on ${engine}`, done: i, total: pairs.length });
    try {
      const { found, ms } = await run(model, form, engine, test.input);
      // A single file of less precision states no deviation: nothing but that it gives probabilities can be asked of it.
      const facts = model.test === null ? { ...form, deviation: ANY } : form;
      verified.push({ form, provider: engine, ms, result: testResult(facts, engine, test.output, found) });
    } catch (error) {
      verified.push({
        form,
        provider: engine,
        ms: null,
        result: error instanceof Error ? error : new Error(String(error)),
      });
    }
  }
  return verified;
}

interface Run {
  readonly found: GreyImage<Float32Array>;
  readonly ms: number;
}

async function run({ card }: Model, form: ModelForm, engine: Engine, image: GreyImage): Promise<Run> {
  const onnx = await form.read();
  if (engine === 'wasm') return timed(() => segmentOnWasm(onnx, card, image));
  const segmenter = await createSegmenter({ model: onnx, device: engine as Exclude<Engine, 'wasm' | 'webgpu'> });
  try {
    const tile = Math.max(image.width, image.height);
    return await timed(() => segmenter.segmentWhole(image, { ...asTrained(card), tile }));
  } finally {
    await segmenter.dispose();
  }
}

async function timed(work: () => Promise<GreyImage<Float32Array>>): Promise<Run> {
  const begin = performance.now();
  return { found: await work(), ms: performance.now() - begin };
}

/** Waves about the mean of the training, and what the CPU gives for them. */
async function testByCpu(model: Model): Promise<TestTensors> {
  const { stride, normalisation } = model.card;
  const side = STRIDES * stride;
  const data = Float32Array.from({ length: side * side }, (_, i) => {
    const [x, y] = [i % side, Math.floor(i / side)];
    return normalisation.mean + normalisation.std * (Math.sin(0.7 * x + 0.3 * y) + Math.sin(0.2 * x - 1.1 * y));
  });
  const input = { width: side, height: side, data };
  const [form] = model.forms as [ModelForm];
  return { input, output: (await run(model, form, 'cpu', input)).found };
}
