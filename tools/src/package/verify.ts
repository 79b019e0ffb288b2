import { asTrained, type GreyImage } from '@dilated-unet/core';
import type { OnProgress } from '@dilated-unet/host';
import { testResult, type Engine, type Model, type ModelForm, type TestTensors } from '@dilated-unet/model-package';
import { createSegmenter, installedDevices } from '@dilated-unet/runtime-node';
import { asErrors, comparable, timed, type Run, type VerifiedRun } from './verified-run.ts';
import { segmentOnWasm } from './wasm.ts';
import { waves } from './waves.ts';

/** Side of the image by which a single ONNX file is tested, pixels; more where the stride is. */
const SIDE = 256;

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
): Promise<readonly VerifiedRun[]> {
  onProgress({ phase: 'checking the files' });
  await model.verifyFiles();
  const engines: readonly Engine[] = [...installedDevices().toSorted(), 'wasm'];
  const pairs = model.forms.flatMap((form) =>
    engines.filter((engine) => form.engine === null || form.engine === engine).map((engine) => ({ form, engine })),
  );
  const test = model.test ?? (await testByCpu(model));
  const verified: VerifiedRun[] = [];
  for (const [i, { form, engine }] of pairs.entries()) {
    signal.throwIfAborted();
    onProgress({ phase: `testing ${form.precision} on ${engine}`, done: i, total: pairs.length });
    const result = await asErrors(async () => {
      const { found, ms } = await run(model, form, engine, test.input);
      return { ms, result: testResult(comparable(model, form), engine, test.output, found) };
    });
    verified.push({ form, provider: engine, ...result });
  }
  return verified;
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

/** Waves, and what the CPU gives for them. */
async function testByCpu(model: Model): Promise<TestTensors> {
  const { stride } = model.card;
  const input = waves(model.card, Math.ceil(SIDE / stride) * stride);
  const [form] = model.forms as [ModelForm];
  return { input, output: (await run(model, form, 'cpu', input)).found };
}
