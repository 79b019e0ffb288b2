import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads';
import { errorFromData, type ErrorData } from '@dilated-unet/core';
import { createCutter, type Batch, type Sampler, type SamplerOptions } from './sampler.ts';
import type { TrainedSections } from './window-source.ts';

/** Batches of each thread that are ready before they are asked for: the step before still runs while the next is cut. */
const SLOTS = 3;
/** Most threads that read and decode; one has what is in memory, of which each thread would hold a copy. */
const MOST_THREADS = 4;

/** State of a slot, in shared memory. */
export const SLOT = { empty: 0, full: 1, failed: 2 } as const;

/** What a thread that prepares batches is given. */
export interface BatchWorkerData {
  readonly options: SamplerOptions<TrainedSections>;
  /** Its first step, and the one after the last of all. */
  readonly first: number;
  readonly end: number;
  /** From one of its steps to the next: how many threads there are. */
  readonly stride: number;
  /** One number per slot. */
  readonly states: Int32Array<SharedArrayBuffer>;
  /** Per slot, images and then labels. */
  readonly values: Float32Array<SharedArrayBuffer>;
  /** Takes the error of a slot that failed. */
  readonly errors: MessagePort;
}

/** A thread and what it says of a batch that failed. */
interface BatchThread {
  readonly worker: Worker;
  readonly errors: MessagePort;
}

/**
 * Prepares the batches of consecutive steps in threads of its own, in order, a few ahead, and hands them out. What is in a batch
 * is the sampler's business, a function of the seed and the step alone, so it depends neither on timing nor on the number of threads.
 */
export class BatchQueue {
  readonly #threads: readonly BatchThread[];
  readonly #states: Int32Array<SharedArrayBuffer>;
  readonly #values: Float32Array<SharedArrayBuffer>;
  readonly #size: number;
  readonly #first: number;
  #next: number;
  readonly #end: number;
  #waitedMs = 0;
  /** As those of the sampler. */
  readonly shares: Sampler['shares'];

  private constructor(
    threads: readonly BatchThread[],
    { options, first, end, states, values }: Omit<BatchWorkerData, 'errors' | 'stride'>,
    shares: Sampler['shares'],
  ) {
    this.#threads = threads;
    this.shares = shares;
    this.#states = states;
    this.#values = values;
    this.#size = options.batchSize * options.window ** 2;
    this.#first = first;
    this.#next = first;
    this.#end = end;
  }

  /**
   * Starts the threads; they begin with their first batches at once.
   *
   * @param first step of the first batch. @param end step after the last.
   * @param count of threads. @default where all stacks stay in their files one less than the machine has, at most four; else one
   * @throws InvalidOptionError as `createSampler` does.
   */
  static async open(
    options: SamplerOptions<TrainedSections>,
    first: number,
    end: number,
    count = threadsFor(options),
  ): Promise<BatchQueue> {
    // For its checks too: what a thread throws has lost its class.
    const { shares } = createCutter(options);
    const size = options.batchSize * options.window ** 2;
    // A multiple of the threads, so that each slot is one thread's alone.
    const slots = SLOTS * count;
    const shared = {
      ...{ options, first, end },
      states: new Int32Array(new SharedArrayBuffer(4 * slots)),
      values: new Float32Array(new SharedArrayBuffer(4 * slots * 2 * size)),
    };
    const opening = Array.from({ length: count }, (_, k) => openThread({ ...shared, first: first + k, stride: count }));
    return new BatchQueue(await Promise.all(opening), shared, shares);
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
    const slot = step % this.#states.length;
    this.#next++;
    const before = performance.now();
    Atomics.wait(this.#states, slot, SLOT.empty);
    this.#waitedMs += performance.now() - before;
    if (Atomics.load(this.#states, slot) === SLOT.failed) {
      const { errors } = this.#threads[(step - this.#first) % this.#threads.length] as BatchThread;
      const { message } = receiveMessageOnPort(errors) as { message: ErrorData };
      throw errorFromData(message);
    }
    const at = slot * 2 * this.#size;
    const images = Float32Array.from(this.#values.subarray(at, at + this.#size));
    const labels = Float32Array.from(this.#values.subarray(at + this.#size, at + 2 * this.#size));
    Atomics.store(this.#states, slot, SLOT.empty);
    Atomics.notify(this.#states, slot);
    return { images, labels };
  }

  /** Ends the threads. */
  async close(): Promise<void> {
    for (const { worker, errors } of this.#threads) {
      errors.close();
      await worker.terminate();
    }
  }
}

/** How many threads prepare batches, where nothing else is asked for. */
function threadsFor({ stacks }: SamplerOptions<TrainedSections>): number {
  const isRead = stacks.every(({ train }) => 'files' in train);
  return isRead ? Math.max(1, Math.min(MOST_THREADS, availableParallelism() - 1)) : 1;
}

async function openThread(data: Omit<BatchWorkerData, 'errors'>): Promise<BatchThread> {
  const { port1: errors, port2 } = new MessageChannel();
  const workerData: BatchWorkerData = { ...data, errors: port2 };
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
  return { worker, errors };
}
