import { EnvironmentError, type Planes } from '@dilated-unet/core';
import { PRECISIONS, type FormChoice } from '@dilated-unet/model-package';
import type { ComputeRequest, DeviceState, LoadRequest, ModelFacts, Progress } from '../rpc/protocol.ts';
import { loadModel } from './load-model.ts';
import type { Probe } from './probe.ts';
import { loadRuntime } from './runtime.ts';
import { openAdapter, trustedWasm, trustedWebgpu, type AdapterNeeds, type Choice, type Trusted } from './trusted.ts';
import { GpuFailure } from './webgpu-backend.ts';

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
   * @param tell is told how much of the model has come.
   * @throws InvalidModelError when the model cannot be loaded, isn't what its card says or not as it was published;
   * InvalidOptionError when it lacks the precision; EnvironmentError when WebAssembly doesn't start, or when WebGPU was demanded
   * and isn't there or gives other numbers.
   */
  static async load(request: LoadRequest, tell: (progress: Progress) => void): Promise<Engine> {
    const { device, precision, wasmPaths } = request;
    const adapter = device === 'wasm' ? null : await findAdapter({ software: device === 'webgpu', precision });
    if (adapter instanceof EnvironmentError && device === 'webgpu') throw demanded(adapter);
    const gpu = adapter !== null && !(adapter instanceof EnvironmentError);
    const first: FormChoice = gpu
      ? { engine: 'webgpu', precision, hasHalfFloats: adapter.features.has('shader-f16') }
      : { engine: 'wasm', precision };
    const [runtime, model] = await Promise.all([loadRuntime({ gpu, wasmPaths }), loadModel(request, { first, tell })]);
    const choice = { runtime, model, precision };
    // A package says what a GPU must give; of a single file WASM says it.
    const wasm = !gpu || model.test === null ? await trustedWasm(choice) : undefined;
    const probe = wasm?.probe ?? null;
    const mayFallBack = device === 'auto';
    if (wasm !== undefined && !gpu) {
      return new Engine(choice, probe, { trusted: wasm, fallbackReason: adapter?.message ?? null, mayFallBack });
    }
    try {
      const trusted = await trustedWebgpu(choice, { software: device === 'webgpu', probe });
      await wasm?.backend.release();
      return new Engine(choice, probe, { trusted, fallbackReason: null, mayFallBack });
    } catch (error) {
      if (!(error instanceof EnvironmentError)) throw error;
      if (!mayFallBack) throw demanded(error);
      const trusted = wasm ?? (await trustedWasm(choice));
      return new Engine(choice, probe, { trusted, fallbackReason: error.message, mayFallBack });
    }
  }

  get facts(): ModelFacts {
    const { name, sha256, terms, card, forms } = this.#choice.model;
    const facts = forms.map(({ precision, engine, deviation }) => ({ precision, engine, deviation }));
    facts.sort((a, b) => PRECISIONS.indexOf(a.precision) - PRECISIONS.indexOf(b.precision));
    return { name, sha256, terms, card, forms: facts };
  }

  get state(): DeviceState {
    const { backend, form, verified } = this.#trusted;
    const { device, adapter, maxTile } = backend;
    return { device, adapter, maxTile, precision: form.precision, verified, fallbackReason: this.#fallbackReason };
  }

  /**
   * What the model or a stage of it gives for a tile. A GPU that fails gets a second chance on a new device; after that the
   * model goes on on WASM, if that is allowed.
   *
   * @returns null where it goes on in another form, and `request` has maps of the one before.
   */
  async compute(request: ComputeRequest): Promise<readonly Planes[] | null> {
    const { form, backend } = this.#trusted;
    const goOn = async (): Promise<readonly Planes[] | null> => {
      const isOutdated = request.stage !== null && this.#trusted.form !== form;
      return isOutdated ? null : this.#trusted.backend.compute(request);
    };
    try {
      return await backend.compute(request);
    } catch (error) {
      if (!(error instanceof GpuFailure)) throw error;
    }
    await this.#discard();
    try {
      this.#trusted = await trustedWebgpu(this.#choice, { software: !this.#mayFallBack, probe: this.#probe });
      return await goOn();
    } catch (error) {
      if (!this.#mayFallBack || !(error instanceof EnvironmentError)) throw error;
      await this.#discard();
      this.#trusted = await trustedWasm(this.#choice);
      this.#fallbackReason = error.message;
      return goOn();
    }
  }

  /** Frees what a failed GPU still holds; that it may refuse is no news. */
  async #discard(): Promise<void> {
    await this.#trusted.backend.release().catch(() => undefined);
  }
}

/** The adapter to try, or why there is none. */
async function findAdapter(needs: AdapterNeeds): Promise<GPUAdapter | EnvironmentError> {
  try {
    return await openAdapter(needs);
  } catch (error) {
    if (error instanceof EnvironmentError) return error;
    throw error;
  }
}

/** `cause`, for a caller who wants WebGPU and nothing else. */
function demanded(cause: EnvironmentError): EnvironmentError {
  return new EnvironmentError(`${cause.message} Use the device "auto" or "wasm".`, { cause });
}
