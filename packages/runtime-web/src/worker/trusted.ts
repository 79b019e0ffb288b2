import { EnvironmentError } from '@dilated-unet/core';
import { type Model, type ModelForm, type PrecisionOption, type TestResult } from '@dilated-unet/model-package';
import { leastTile } from '../tile-size.ts';
import type { Backend } from './backend.ts';
import { describeAdapter, requestAdapter } from './gpu.ts';
import { PROBE_TOLERANCE, probeDifference, takeProbe, type Probe } from './probe.ts';
import type { OnnxRuntime } from './runtime.ts';
import { openWasm } from './wasm-backend.ts';
import { openWebgpu } from './webgpu-backend.ts';

/** A model on a device that has shown that it computes it. */
export interface Trusted {
  readonly backend: Backend;
  readonly form: ModelForm;
  /** What it gave for the test of the package; null of a single file, which has none. */
  readonly verified: TestResult | null;
}

/** What is loaded: the forms of a model, and which of them was asked for. */
export interface Choice {
  readonly runtime: OnnxRuntime;
  readonly model: Model;
  readonly precision: PrecisionOption;
}

/**
 * The model on WASM. Of a single file, `probe` is what other devices must give.
 *
 * @throws InvalidModelError when it isn't what its card says, or doesn't give the test of its package; EnvironmentError when
 * WebAssembly doesn't start.
 */
export async function trustedWasm({
  runtime,
  model,
  precision,
}: Choice): Promise<Trusted & { readonly probe: Probe | null }> {
  const form = model.formFor({ engine: 'wasm', precision });
  const backend = openWasm(runtime, { model: await form.read(), card: model.card });
  try {
    const verified = await testOf(model, form, backend);
    const probe = verified === null ? await takeProbe(backend, model.card) : null;
    return { backend, form, verified, probe };
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
export async function trustedWebgpu(choice: Choice, options: GpuOptions): Promise<Trusted> {
  const { model, precision } = choice;
  const needs = { ...options, precision };
  const adapter = await openAdapter(needs);
  const hasHalfFloats = adapter.features.has('shader-f16');
  const form = (half: boolean): ModelForm => model.formFor({ engine: 'webgpu', precision, hasHalfFloats: half });
  const [first, exact] = [form(hasHalfFloats), form(false)];
  try {
    return await tried(choice, first, { adapter, ...options });
  } catch (error) {
    if (!(error instanceof EnvironmentError) || exact === first) throw error;
    // An adapter gives one device.
    return tried(choice, exact, { adapter: await openAdapter(needs), ...options });
  }
}

export interface AdapterNeeds extends Pick<GpuOptions, 'software'> {
  readonly precision: PrecisionOption;
}

/** The adapter to use. @throws EnvironmentError when there is none. */
export async function openAdapter({ software, precision }: AdapterNeeds): Promise<GPUAdapter> {
  const adapter = await requestAdapter();
  if (!software && describeAdapter(adapter).software) {
    throw new EnvironmentError('The only WebGPU adapter is emulated on the CPU, which is slower than WASM.');
  }
  if (precision === 'fp16' && !adapter.features.has('shader-f16')) {
    throw new EnvironmentError('The GPU does not compute in 16-bit floats (its adapter lacks the feature shader-f16).');
  }
  return adapter;
}

async function tried(
  { runtime, model }: Choice,
  form: ModelForm,
  { adapter, probe }: GpuOptions & { readonly adapter: GPUAdapter },
): Promise<Trusted> {
  const backend = await openWebgpu(runtime, { model: await form.read(), card: model.card }, adapter);
  try {
    const least = leastTile(model.card);
    if (backend.maxTile < least) {
      throw new EnvironmentError(
        `The GPU takes tiles of up to ${backend.maxTile} pixels, by its largest storage buffer, and the model needs ${least}.`,
      );
    }
    const verified = await testOf(model, form, backend);
    const difference = probe === null ? 0 : await probeDifference(backend, probe);
    if (difference <= PROBE_TOLERANCE) return { backend, form, verified };
    throw new EnvironmentError(
      `WebGPU gives other numbers than WASM on a test image: they differ by ${difference.toPrecision(2)}, and ` +
        `${PROBE_TOLERANCE} is allowed. Updating the browser or the graphics driver may help.`,
    );
  } catch (error) {
    await backend.release().catch(() => undefined);
    throw error;
  }
}

/** The result of the test of a package; null of a single file. What runs it is loaded with the first package. */
async function testOf(model: Model, form: ModelForm, backend: Backend): Promise<TestResult | null> {
  return model.test === null ? null : (await import('./run-test.ts')).runTest(model, form, backend);
}
