import { EnvironmentError, errorFromData, errorToData, type ErrorData } from '@dilated-unet/core';

/** What a call is answered with besides its argument. */
export interface CallContext<Event = never> {
  /** Aborted when the page gives the call up. */
  readonly signal: AbortSignal;
  /** Tells the page what happens before the result is there. */
  readonly tell: (event: Event, transfer?: Transferable[]) => void;
}

/** The calls that a worker answers, by name. */
export type Calls = Readonly<Record<string, (argument: never, context: never) => unknown>>;

/** What a call of `F` tells before its result. */
type EventOf<F> = F extends (argument: never, context: CallContext<infer Event>) => unknown ? Event : never;
type ArgumentOf<F> = F extends (argument: infer Argument, context: never) => unknown ? Argument : never;

interface CallOptions<Event> {
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: (event: Event) => void;
  readonly transfer?: Transferable[];
}

type Request = { readonly id: number; readonly call: string; readonly argument: unknown } | { readonly abort: number };
type Reply =
  | { readonly id: number; readonly event: unknown }
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: ErrorData };

const TRANSFERS = new WeakMap<object, Transferable[]>();

/** A result of which `list` is moved to the page, not copied. */
export function moved<T extends object>(result: T, list: Transferable[]): T {
  TRANSFERS.set(result, list);
  return result;
}

/** Answers the page's calls with `calls`, in a worker. */
export function answer(calls: Calls): void {
  const running = new Map<number, AbortController>();
  const post = (reply: Reply, transfer: Transferable[] = []): void => postMessage(reply, { transfer });
  addEventListener('message', ({ data }: MessageEvent<Request>) => {
    if ('abort' in data) return running.get(data.abort)?.abort();
    void run(data);
  });

  async function run({ id, call, argument }: Exclude<Request, { abort: number }>): Promise<void> {
    const control = new AbortController();
    running.set(id, control);
    try {
      const context: CallContext<unknown> = {
        signal: control.signal,
        tell: (event, transfer) => post({ id, event }, transfer),
      };
      const handler = calls[call];
      if (handler === undefined) throw new TypeError(`The worker has no call ${call}.`);
      const value = await handler(argument as never, context as never);
      post({ id, value }, value instanceof Object ? TRANSFERS.get(value) : undefined);
    } catch (error) {
      post({ id, error: errorToData(error) });
    } finally {
      running.delete(id);
    }
  }
}

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly onEvent: ((event: unknown) => void) | undefined;
}

/** The page's end of a worker that answers `C`. */
export class Remote<C extends Calls> {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #next = 0;
  /** Why no call is answered any more. */
  #stopped: Error | undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.addEventListener('message', ({ data }: MessageEvent<Reply>) => this.#receive(data));
    worker.addEventListener('error', ({ message }) => {
      const why = message || 'its script could not be loaded';
      const error = new EnvironmentError(`A worker stopped (${why}). Reload the page.`);
      // After an error of its own a worker goes on; one whose script did not load never answers, and events of that have no message.
      if (!message) this.#stopped = error;
      for (const { reject } of this.#pending.values()) reject(error);
      this.#pending.clear();
    });
  }

  /**
   * Calls `name` in the worker.
   *
   * @throws what the call throws there, of the same class, the reason of `signal` as soon as it is aborted, and EnvironmentError
   *   when the worker has stopped.
   */
  async call<Name extends keyof C & string>(
    name: Name,
    argument: ArgumentOf<C[Name]>,
    { signal, onEvent, transfer = [] }: CallOptions<EventOf<C[Name]>> = {},
  ): Promise<Awaited<ReturnType<C[Name]>>> {
    signal?.throwIfAborted();
    if (this.#stopped !== undefined) throw this.#stopped;
    const id = this.#next++;
    const giveUp = (): void => {
      this.#pending.get(id)?.reject(signal?.reason);
      this.#pending.delete(id);
      this.#worker.postMessage({ abort: id } satisfies Request);
    };
    signal?.addEventListener('abort', giveUp);
    try {
      return await new Promise<Awaited<ReturnType<C[Name]>>>((resolve, reject) => {
        this.#pending.set(id, {
          resolve: resolve as Pending['resolve'],
          reject,
          onEvent: onEvent as Pending['onEvent'],
        });
        this.#worker.postMessage({ id, call: name, argument } satisfies Request, transfer);
      });
    } finally {
      signal?.removeEventListener('abort', giveUp);
    }
  }

  #receive(reply: Reply): void {
    const pending = this.#pending.get(reply.id);
    if (pending === undefined) return;
    if ('event' in reply) return pending.onEvent?.(reply.event);
    this.#pending.delete(reply.id);
    if ('value' in reply) return pending.resolve(reply.value);
    pending.reject(errorFromData(reply.error));
  }
}
