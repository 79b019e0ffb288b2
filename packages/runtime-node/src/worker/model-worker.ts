import { Worker } from 'node:worker_threads';
import {
  type DilatedUnetError,
  EnvironmentError,
  errorFromData,
  InvalidModelError,
  type ModelStage,
  type Planes,
} from '@dilated-unet/core';
import { loadError } from './load-error.ts';
import { openGate, removeGate } from './native-gate.ts';
import type { Device } from '../devices/index.ts';
import type { TileRequest, WorkerData, WorkerReply, WorkerRequest, WorkerSetup } from './protocol.ts';

/** The built thread, from the sources as well: Node starts no thread from TypeScript. */
const ENTRY = new URL('../../dist/worker/worker.js', import.meta.url);

interface Pending {
  readonly size: string;
  resolve(outputs: readonly Planes[]): void;
  reject(error: Error): void;
}

/** A model in a thread of its own, seen from the caller's thread. */
export class ModelWorker {
  readonly device: Device;
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #next = 0;
  /** Why no more tiles are taken. */
  #ended: DilatedUnetError | undefined;

  private constructor(worker: Worker, device: Device) {
    this.#worker = worker;
    this.device = device;
    worker.on('message', (reply: WorkerReply) => this.#settle(reply));
    worker.on('error', (error) => this.#end(crashed(error.message, error)));
    worker.on('exit', (code) => this.#end(crashed(`it ended with code ${code}`)));
    worker.unref();
  }

  /**
   * Starts the thread and loads the model in it.
   *
   * @param entry the thread's module.
   * @throws InvalidModelError when ONNX Runtime refuses the model, EnvironmentError when the device or ONNX Runtime is
   * missing or the thread ends.
   */
  static async start(setup: WorkerSetup, entry: URL = ENTRY): Promise<ModelWorker> {
    // The process's own flags (`--input-type`, a loader) are for its own entry, and some are refused here.
    const gate = openGate();
    const workerData: WorkerData = { ...setup, gate };
    const worker = new Worker(entry, { workerData, execArgv: [] });
    worker.once('exit', () => removeGate(gate));
    const reply = await firstReply(worker);
    if (reply.type === 'ready') return new ModelWorker(worker, setup.device);
    await worker.terminate();
    if (reply.type !== 'not-loaded') throw crashed(`its first answer was "${reply.type}"`);
    throw loadError(reply.reason, setup.device, errorFromData(reply.error));
  }

  /**
   * Probabilities of one tile; tiles are served in the order of the calls.
   *
   * @param tile z-scores, axes y, x; transferred to the thread, so empty afterwards.
   * @returns axes y, x, of the tile's size.
   */
  async predict(tile: Float32Array, size: { readonly width: number; readonly height: number }): Promise<Float32Array> {
    const [output] = (await this.#compute(null, [{ ...size, channels: 1, data: tile }])) as [Planes];
    return output.data;
  }

  /** One tile of a stage of the model's card; `inputs` are transferred. */
  runStage({ name }: ModelStage, inputs: readonly Planes[]): Promise<readonly Planes[]> {
    return this.#compute(name, inputs);
  }

  #compute(stage: string | null, inputs: readonly Planes[]): Promise<readonly Planes[]> {
    if (this.#ended) return Promise.reject(this.#ended);
    const request: TileRequest = { type: 'compute', id: this.#next++, stage, inputs };
    const [{ width, height }] = inputs as [Planes];
    return new Promise((resolve, reject) => {
      const size = stage === null ? `${width} x ${height}` : `${width} x ${height} in stage ${stage}`;
      this.#pending.set(request.id, { size, resolve, reject });
      // A program waits for tiles that are under way, and does not wait for an idle model.
      this.#worker.ref();
      this.#send(
        request,
        inputs.map(({ data }) => data.buffer as ArrayBuffer),
      );
    });
  }

  /**
   * Frees the model; tiles under way fail at once with `reason`. Resolves when the thread has ended, which takes as
   * long as the tile that is being computed: ending a thread inside of ONNX Runtime would abort the whole process.
   */
  async close(reason: DilatedUnetError): Promise<void> {
    this.#end(reason);
    if (this.#worker.threadId === -1) return;
    const exit = new Promise<void>((resolve) => this.#worker.once('exit', () => resolve()));
    this.#worker.ref();
    this.#send({ type: 'close' });
    await exit;
  }

  #send(request: WorkerRequest, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(request, transfer);
  }

  #settle(reply: WorkerReply): void {
    if (reply.type !== 'computed' && reply.type !== 'failed') return;
    const pending = this.#pending.get(reply.id);
    if (pending === undefined) return;
    this.#pending.delete(reply.id);
    if (this.#pending.size === 0) this.#worker.unref();
    if (reply.type === 'computed') pending.resolve(reply.outputs);
    else pending.reject(predictError(pending.size, errorFromData(reply.error)));
  }

  #end(reason: DilatedUnetError): void {
    this.#ended ??= reason;
    for (const pending of this.#pending.values()) pending.reject(this.#ended);
    this.#pending.clear();
  }
}

function firstReply(worker: Worker): Promise<WorkerReply> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error): void => reject(crashed(error.message, error));
    const onExit = (code: number): void => reject(crashed(`it ended with code ${code}`));
    worker.once('error', onError);
    worker.once('exit', onExit);
    worker.once('message', (reply: WorkerReply) => {
      worker.off('error', onError);
      worker.off('exit', onExit);
      resolve(reply);
    });
  });
}

function crashed(what: string, cause?: Error): EnvironmentError {
  return new EnvironmentError(
    `The thread that runs the model has stopped: ${what}. Load the model again; if that happens again, try a smaller ` +
      'tile, which takes less memory.',
    { cause },
  );
}

function predictError(size: string, cause: Error): DilatedUnetError {
  // ONNX Runtime's own words for an allocation that failed.
  if (/bad_?alloc|Failed to allocate memory/i.test(cause.message)) {
    return new EnvironmentError(
      `There is not enough memory for a tile of ${size} pixels (${cause.message}). Choose a smaller \`tile\`.`,
      { cause },
    );
  }
  return new InvalidModelError(
    `The model failed on a tile of ${size} pixels: ${cause.message}. Use a model that this software exported.`,
    { cause },
  );
}
