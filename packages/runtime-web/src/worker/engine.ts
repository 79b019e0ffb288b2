import { EnvironmentError } from '@dilated-unet/core';
import { openModel, PRECISIONS } from '@dilated-unet/model-package';
import { env } from 'onnxruntime-web/webgpu';
import type { DeviceState, LoadRequest, ModelFacts, PredictRequest, WasmLocation } from '../rpc/protocol.ts';
import type { Probe } from './probe.ts';
import { trustedWasm, trustedWebgpu, type Choice, type Trusted } from './trusted.ts';
import { GpuFailure } from './webgpu-backend.ts';

/** Threads beyond this gain little on tiles and starve the page. Only pages that are cross-origin isolated have any. */
const MAX_THREADS = 8;

/**
 * A model on the device that was asked for or, where that cannot be trusted and another is allowed, on WASM. Calls must
 * not overlap.
 */
export class Engine {
  readonly #choice: Choice;
  /** What a GPU must give where the model has no test. */
  readonly #probe: Probe | null;
  readonly #mayFallBack: boolean;
  #trusted: Trusted;
  #fallbackReason: string | null;

  private constructor(
    choice: Choice,
    probe: Probe | null,
    start: { readonly trusted: Trusted; readonly fallbackReason: string | null; readonly mayFallBack: boolean },
  ) {
    this.#choice = choice;
    this.#probe = probe;
    this.#trusted = start.trusted;
    this.#fallbackReason = start.fallbackReason;
    this.#mayFallBack = start.mayFallBack;
  }

  /**
   * @throws InvalidModelError when the model cannot be loaded, isn't what its card says or not as it was published;
   * InvalidOptionError when it lacks the precision; EnvironmentError when WebAssembly doesn't start, or when WebGPU was demanded
   * and isn't there or gives other numbers.
   */
  static async load({ model: bytes, device, precision, wasmPaths }: LoadRequest): Promise<Engine> {
    configureRuntime(wasmPaths);
    const choice = { model: await openModel(bytes), precision };
    // A package says what a GPU must give; of a single file WASM says it.
    const wasm = device === 'wasm' || choice.model.test === null ? await trustedWasm(choice) : undefined;
    const probe = wasm?.probe ?? null;
    const mayFallBack = device === 'auto';
    if (wasm !== undefined && device === 'wasm') {
      return new Engine(choice, probe, { trusted: wasm, fallbackReason: null, mayFallBack });
    }
    try {
      const trusted = await trustedWebgpu(choice, { software: device === 'webgpu', probe });
      await wasm?.backend.release();
      return new Engine(choice, probe, { trusted, fallbackReason: null, mayFallBack });
    } catch (error) {
      if (!(error instanceof EnvironmentError)) throw error;
      if (!mayFallBack) {
        throw new EnvironmentError(`${error.message} Use the device "auto" or "wasm".`, { cause: error });
      }
      const trusted = wasm ?? (await trustedWasm(choice));
      return new Engine(choice, probe, { trusted, fallbackReason: error.message, mayFallBack });
    }
  }

  get facts(): ModelFacts {
    const { name, sha256, terms, card, forms } = this.#choice.model;
    const precisions = PRECISIONS.filter((one) => forms.some((form) => form.precision === one));
    return { name, sha256, terms, card, precisions };
  }

  get state(): DeviceState {
    const { backend, precision, verified } = this.#trusted;
    const { device, adapter, maxTile } = backend;
    return { device, adapter, maxTile, precision, verified, fallbackReason: this.#fallbackReason };
  }

  /**
   * Probabilities of a tile; axes y, x. A GPU that fails gets a second chance on a new device; after that the model
   * goes on on WASM, if that is allowed.
   */
  async predict({ tile, ...size }: PredictRequest): Promise<Float32Array<ArrayBuffer>> {
    try {
      return await this.#trusted.backend.run(tile, size);
    } catch (error) {
      if (!(error instanceof GpuFailure)) throw error;
    }
    await this.#discard();
    try {
      this.#trusted = await trustedWebgpu(this.#choice, { software: true, probe: this.#probe });
      return await this.#trusted.backend.run(tile, size);
    } catch (error) {
      if (!this.#mayFallBack || !(error instanceof EnvironmentError)) throw error;
      await this.#discard();
      this.#trusted = await trustedWasm(this.#choice);
      this.#fallbackReason = error.message;
      return this.#trusted.backend.run(tile, size);
    }
  }

  /** Frees what a failed GPU still holds; that it may refuse is no news. */
  async #discard(): Promise<void> {
    await this.#trusted.backend.release().catch(() => undefined);
  }
}

function configureRuntime(wasmPaths: WasmLocation | null): void {
  env.logLevel = 'error';
  // Threads need shared memory, which only cross-origin isolated pages have; without it ONNX Runtime would warn.
  env.wasm.numThreads = globalThis.crossOriginIsolated ? Math.min(navigator.hardwareConcurrency, MAX_THREADS) : 1;
  if (wasmPaths !== null) env.wasm.wasmPaths = wasmPaths;
}
