import { EnvironmentError, errorFromData } from '@dilated-unet/core';
import { messageOf } from './message-of.ts';
import type { CallMessage, CallName, Calls, Progress, ReplyMessage } from './protocol.ts';

/** What is needed of a Worker. */
export type WorkerLike = Pick<Worker, 'postMessage' | 'addEventListener' | 'terminate'>;

interface Pending {
  resolve(result: unknown): void;
  readonly reject: (error: Error) => void;
  readonly onProgress: ((progress: Progress) => void) | undefined;
}

interface CallOptions {
  /** Memory of the argument that moves to the worker instead of being copied. */
  readonly transfer?: Transferable[];
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/**
 * Calls into a worker that runs `serve` (server.ts). Every call is answered: with its result, with the worker's
 * error, or, when the worker stops, with the reason why it did.
 */
export class WorkerClient {
  readonly #worker: WorkerLike;
  readonly #pending = new Map<number, Pending>();
  #nextId = 0;
  #stopped: Error | undefined;

  constructor(worker: WorkerLike) {
    this.#worker = worker;
    worker.addEventListener('message', ({ data }) => this.#answer(data as ReplyMessage));
    worker.addEventListener('messageerror', () =>
      this.stop(new EnvironmentError('A message of the segmentation worker could not be read. Load the model again.')),
    );
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      this.stop(workerFailure(event));
    });
  }

  /**
   * @throws what the worker threw, of the same class; EnvironmentError when the worker has crashed.
   */
  call<N extends CallName>(
    call: N,
    argument: Calls[N]['argument'],
    { transfer = [], onProgress }: CallOptions = {},
  ): Promise<Calls[N]['result']> {
    if (this.#stopped !== undefined) return Promise.reject(this.#stopped);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject, onProgress });
      try {
        this.#worker.postMessage({ id, call, argument } satisfies CallMessage<N>, transfer);
      } catch (error) {
        this.#pending.delete(id);
        reject(error instanceof Error ? error : new Error(messageOf(error)));
      }
    });
  }

  /** Whether the worker is gone: it crashed or was ended. */
  get isStopped(): boolean {
    return this.#stopped !== undefined;
  }

  /** Ends the worker; calls under way and later ones fail with `reason`. The first reason stands. */
  stop(reason: Error): void {
    if (this.#stopped !== undefined) return;
    this.#stopped = reason;
    this.#worker.terminate();
    for (const { reject } of this.#pending.values()) reject(reason);
    this.#pending.clear();
  }

  #answer(reply: ReplyMessage): void {
    const pending = this.#pending.get(reply.id);
    if (pending === undefined) return;
    if ('progress' in reply) {
      pending.onProgress?.(reply.progress);
      return;
    }
    this.#pending.delete(reply.id);
    if (reply.ok) pending.resolve(reply.result);
    else pending.reject(errorFromData(reply.error));
  }
}

/** A script that cannot be loaded gives an event without a message; an uncaught error gives one with it. */
function workerFailure(event: ErrorEvent): EnvironmentError {
  if (event.message) {
    return new EnvironmentError(
      `The segmentation worker crashed: ${event.message}. Load the model again; if memory ran out, choose a smaller ` +
        'tile.',
    );
  }
  return new EnvironmentError(
    'The segmentation worker could not be started: its script did not load. Serve it from the origin of the page, ' +
      'let the bundler emit workers as ES modules, or pass `worker`, a function that creates it.',
  );
}
