import { EnvironmentError, type Precision } from '@dilated-unet/core';
import {
  passTest,
  type Model,
  type ModelForm,
  type PrecisionOption,
  type TestResult,
} from '@dilated-unet/model-package';
import { explainTileError } from '../tile-size.ts';
import type { Backend } from './backend.ts';
import { describeAdapter, requestAdapter } from './gpu.ts';
import { PROBE_TOLERANCE, probeDifference, takeProbe, type Probe } from './probe.ts';
import { openWasm } from './wasm-backend.ts';
import { openWebgpu } from './webgpu-backend.ts';

/** A model on a device that has shown that it computes it. */
export interface Trusted {
  readonly backend: Backend;
  readonly precision: Precision;
  /** What it gave for the test of the package; null of a single file, which has none. */
  readonly verified: TestResult | null;
}

/** What is loaded: the forms of a model, and which of them was asked for. */
export interface Choice {
  readonly model: Model;
  readonly precision: PrecisionOption;
}

/**
 * The model on WASM. Of a single file, `probe` is what other devices must give.
 *
 * @throws InvalidModelError when it isn't what its card says, or doesn't give the test of its package; EnvironmentError when
 * WebAssembly doesn't start.
 */
export async function trustedWasm({ model, precision }: Choice): Promise<Trusted & { readonly probe: Probe | null }> {
  const form = model.formFor({ engine: 'wasm', precision });
  const backend = await openWasm(await form.read(), model.card);
  try {
    const verified = await runTest(model, form, backend);
    const probe = verified === null ? await takeProbe(backend, model.card) : null;
    return { backend, precision: form.precision, verified, probe };
  } catch (error) {
    await backend.release().catch(() => undefined);
    throw error;
  }
}

export interface GpuOptions {
  /** Whether an adapter will do that is emulated on the CPU. */
  readonly software: boolean;
  /** What the device must give where the model has no test. */
  readonly probe: Probe | null;
}

/**
 * The model on a GPU that gives the test of the package or the probe: in 16-bit floats where the package has them and the GPU
 * is made for them, unless another precision was asked for; and in 32 bits where it gives other numbers in 16.
 *
 * @throws EnvironmentError when there is none.
 */
export async function trustedWebgpu({ model, precision }: Choice, options: GpuOptions): Promise<Trusted> {
  const adapter = await openAdapter(options);
  const hasHalfFloats = adapter.features.has('shader-f16');
  if (precision === 'fp16' && !hasHalfFloats) {
    throw new EnvironmentError('The GPU does not compute in 16-bit floats (its adapter lacks the feature shader-f16).');
  }
  const form = (half: boolean): ModelForm => model.formFor({ engine: 'webgpu', precision, hasHalfFloats: half });
  const [first, exact] = [form(hasHalfFloats), form(false)];
  try {
    return await tried(model, first, { adapter, ...options });
  } catch (error) {
    if (!(error instanceof EnvironmentError) || exact === first) throw error;
    // An adapter gives one device.
    return tried(model, exact, { adapter: await openAdapter(options), ...options });
  }
}

async function openAdapter({ software }: GpuOptions): Promise<GPUAdapter> {
  const adapter = await requestAdapter();
  if (software || !describeAdapter(adapter).software) return adapter;
  throw new EnvironmentError('The only WebGPU adapter is emulated on the CPU, which is slower than WASM.');
}

async function tried(
  model: Model,
  form: ModelForm,
  { adapter, probe }: GpuOptions & { readonly adapter: GPUAdapter },
): Promise<Trusted> {
  const backend = await openWebgpu({ model: await form.read(), card: model.card }, adapter);
  try {
    const verified = await runTest(model, form, backend);
    const difference = probe === null ? 0 : await probeDifference(backend, probe);
    if (difference <= PROBE_TOLERANCE) return { backend, precision: form.precision, verified };
    throw new EnvironmentError(
      `WebGPU gives other numbers than WASM on a test image: they differ by ${difference.toPrecision(2)}, and ` +
        `${PROBE_TOLERANCE} is allowed. Updating the browser or the graphics driver may help.`,
    );
  } catch (error) {
    await backend.release().catch(() => undefined);
    throw error;
  }
}

async function runTest(model: Model, form: ModelForm, backend: Backend): Promise<TestResult | null> {
  const { device: engine, maxTile } = backend;
  try {
    return await passTest(model, { form, engine, maxTile, predict: (tile, size) => backend.run(tile, size) });
  } catch (error) {
    throw explainTileError(error, maxTile, backend);
  }
}
