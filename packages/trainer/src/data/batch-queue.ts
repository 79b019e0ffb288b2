import { once } from 'node:events';
import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads';
import { errorFromData, type ErrorData } from '@dilated-unet/core';
import { createCutter, type Batch, type Sampler, type SamplerOptions } from './sampler.ts';
import type { TrainedSections } from './window-source.ts';

/** Batches that are ready before they are asked for: the step before still runs while the next is cut. */
const SLOTS = 3;

/** State of a slot, in shared memory. */
export const SLOT = { empty: 0, full: 1, failed: 2 } as const;

/** What the thread that prepares batches is given. */
export interface BatchWorkerData {
  readonly options: SamplerOptions<TrainedSections>;
  /** First step, and the one after the last. */
  readonly first: number;
  readonly end: number;
  /** One number per slot. */
  readonly states: Int32Array<SharedArrayBuffer>;
  /** Per slot, images and then labels. */
  readonly values: Float32Array<SharedArrayBuffer>;
  /** Takes the error of a slot that failed. */
  readonly errors: MessagePort;
}

/**
 * Prepares the batches of consecutive steps in a thread of its own, in order, a few ahead, and hands them out. What is in
 * a batch is the sampler's business, a function of the seed and the step alone, so it does not depend on timing.
 */
export class BatchQueue {
  readonly #worker: Worker;
  readonly #errors: MessagePort;
  readonly #states: Int32Array<SharedArrayBuffer>;
  readonly #values: Float32Array<SharedArrayBuffer>;
  readonly #size: number;
  #next: number;
  readonly #end: number;
  #waitedMs = 0;
  /** As those of the sampler. */
  readonly shares: Sampler['shares'];

  private constructor(worker: Worker, errors: MessagePort, data: BatchWorkerData, shares: Sampler['shares']) {
    const { options, first, end, states, values } = data;
    this.#worker = worker;
    this.#errors = errors;
    this.shares = shares;
    this.#states = states;
    this.#values = values;
    this.#size = options.batchSize * options.window ** 2;
    this.#next = first;
    this.#end = end;
  }

  /**
   * Starts the thread; it begins with its first batches at once.
   *
   * @param first step of the first batch. @param end step after the last.
   * @throws InvalidOptionError as `createSampler` does.
   */
  static async open(options: SamplerOptions<TrainedSections>, first: number, end: number): Promise<BatchQueue> {
    // For its checks too: what the thread throws has lost its class.
    const { shares } = createCutter(options);
    const size = options.batchSize * options.window ** 2;
    const { port1: errors, port2 } = new MessageChannel();
    const workerData: BatchWorkerData = {
      options,
      first,
      end,
      states: new Int32Array(new SharedArrayBuffer(4 * SLOTS)),
      values: new Float32Array(new SharedArrayBuffer(4 * SLOTS * 2 * size)),
      errors: port2,
    };
    // Node runs the built thread even where this module was loaded from its source (by a test runner).
    const entry = new URL(
      import.meta.url.endsWith('.ts') ? '../../dist/data/batch-worker.js' : './batch-worker.js',
      import.meta.url,
    );
    // What the caller's Node was started with (a loader, a debugger's port) is not meant for the thread.
    const worker = new Worker(entry, { workerData, transferList: [port2], execArgv: [] });
    // `take` blocks this thread, which the other may need while it loads: so it is awaited here.
    await once(worker, 'message');
    worker.unref();
    errors.unref();
    return new BatchQueue(worker, errors, workerData, shares);
  }

  /** Time that `take` has spent waiting for batches that were not ready, milliseconds. */
  get waitedMs(): number {
    return this.#waitedMs;
  }

  /**
   * The batch of step `step`. Steps are taken in order, each once. Blocks the thread until the batch is there: the step
   * that follows blocks it too.
   *
   * @throws what preparing it threw, such as InvalidImageError where a file cannot be read.
   */
  take(step: number): Batch {
    if (step !== this.#next || step >= this.#end) {
      throw new RangeError(`The next batch is that of step ${this.#next}, up to ${this.#end - 1}; asked for ${step}.`);
    }
    const slot = this.#next++ % SLOTS;
    const before = performance.now();
    Atomics.wait(this.#states, slot, SLOT.empty);
    this.#waitedMs += performance.now() - before;
    if (Atomics.load(this.#states, slot) === SLOT.failed) {
      const { message } = receiveMessageOnPort(this.#errors) as { message: ErrorData };
      throw errorFromData(message);
    }
    const at = slot * 2 * this.#size;
    const images = Float32Array.from(this.#values.subarray(at, at + this.#size));
    const labels = Float32Array.from(this.#values.subarray(at + this.#size, at + 2 * this.#size));
    Atomics.store(this.#states, slot, SLOT.empty);
    Atomics.notify(this.#states, slot);
    return { images, labels };
  }

  /** Ends the thread. */
  async close(): Promise<void> {
    this.#errors.close();
    await this.#worker.terminate();
  }
}
