import { EnvironmentError } from '@dilated-unet/core';
import { env } from 'onnxruntime-web/webgpu';
import type { DeviceState, LoadRequest, PredictRequest, WasmLocation } from '../rpc/protocol.ts';
import type { Backend, LoadedModel } from './backend.ts';
import { describeAdapter, requestAdapter } from './gpu.ts';
import { PROBE_TOLERANCE, probeDifference, takeProbe, type Probe } from './probe.ts';
import { openWasm } from './wasm-backend.ts';
import { GpuFailure, openWebgpu } from './webgpu-backend.ts';

/** Threads beyond this gain little on tiles and starve the page. Only pages that are cross-origin isolated have any. */
const MAX_THREADS = 8;

/**
 * A model on the device that was asked for or, where that cannot be trusted and another is allowed, on WASM. Calls must
 * not overlap.
 */
export class Engine {
  readonly #model: LoadedModel;
  readonly #probe: Probe;
  readonly #mayFallBack: boolean;
  #backend: Backend;
  #fallbackReason: string | null;

  private constructor(
    model: LoadedModel,
    probe: Probe,
    start: { readonly backend: Backend; readonly fallbackReason: string | null; readonly mayFallBack: boolean },
  ) {
    this.#model = model;
    this.#probe = probe;
    this.#backend = start.backend;
    this.#fallbackReason = start.fallbackReason;
    this.#mayFallBack = start.mayFallBack;
  }

  /**
   * @throws InvalidModelError when the model cannot be loaded or isn't what its card says; EnvironmentError when
   * WebAssembly doesn't start, or when WebGPU was demanded and isn't there or fails the probe.
   */
  static async load({ model, card, device, wasmPaths }: LoadRequest): Promise<Engine> {
    configureRuntime(wasmPaths);
    const wasm = await openWasm(model, card);
    const probe = await takeProbe(wasm, card);
    const loaded = { model, card, inputShape: wasm.inputShape };
    const mayFallBack = device === 'auto';
    if (device === 'wasm') return new Engine(loaded, probe, { backend: wasm, fallbackReason: null, mayFallBack });
    try {
      const backend = await trustedWebgpu(loaded, probe, { software: device === 'webgpu' });
      await wasm.release();
      return new Engine(loaded, probe, { backend, fallbackReason: null, mayFallBack });
    } catch (error) {
      if (!(error instanceof EnvironmentError)) throw error;
      if (!mayFallBack) {
        throw new EnvironmentError(`${error.message} Use the device "auto" or "wasm".`, { cause: error });
      }
      return new Engine(loaded, probe, { backend: wasm, fallbackReason: error.message, mayFallBack });
    }
  }

  get state(): DeviceState {
    const { device, adapter, maxTile } = this.#backend;
    return { device, adapter, maxTile, fallbackReason: this.#fallbackReason };
  }

  /**
   * Probabilities of a tile; axes y, x. A GPU that fails gets a second chance on a new device; after that the model
   * goes on on WASM, if that is allowed.
   */
  async predict({ tile, ...size }: PredictRequest): Promise<Float32Array<ArrayBuffer>> {
    try {
      return await this.#backend.run(tile, size);
    } catch (error) {
      if (!(error instanceof GpuFailure)) throw error;
    }
    await this.#discard();
    try {
      this.#backend = await trustedWebgpu(this.#model, this.#probe, { software: true });
      return await this.#backend.run(tile, size);
    } catch (error) {
      if (!this.#mayFallBack || !(error instanceof EnvironmentError)) throw error;
      await this.#discard();
      this.#backend = await openWasm(this.#model.model, this.#model.card);
      this.#fallbackReason = error.message;
      return this.#backend.run(tile, size);
    }
  }

  /** Frees what a failed GPU still holds; that it may refuse is no news. */
  async #discard(): Promise<void> {
    await this.#backend.release().catch(() => undefined);
  }
}

/**
 * The model on a GPU whose result on the probe agrees with WASM's.
 *
 * @throws EnvironmentError when there is none.
 */
async function trustedWebgpu(
  model: LoadedModel,
  probe: Probe,
  allow: { readonly software: boolean },
): Promise<Backend> {
  const adapter = await requestAdapter();
  if (!allow.software && describeAdapter(adapter).software) {
    throw new EnvironmentError('The only WebGPU adapter is emulated on the CPU, which is slower than WASM.');
  }
  const backend = await openWebgpu(model, adapter);
  try {
    const difference = await probeDifference(backend, probe);
    if (difference <= PROBE_TOLERANCE) return backend;
    throw new EnvironmentError(
      `WebGPU gives other numbers than WASM on a test image: they differ by ${difference.toPrecision(2)}, and ` +
        `${PROBE_TOLERANCE} is allowed. Updating the browser or the graphics driver may help.`,
    );
  } catch (error) {
    await backend.release().catch(() => undefined);
    throw error;
  }
}

function configureRuntime(wasmPaths: WasmLocation | null): void {
  env.logLevel = 'error';
  // Threads need shared memory, which only cross-origin isolated pages have; without it ONNX Runtime would warn.
  env.wasm.numThreads = globalThis.crossOriginIsolated ? Math.min(navigator.hardwareConcurrency, MAX_THREADS) : 1;
  if (wasmPaths !== null) env.wasm.wasmPaths = wasmPaths;
}
