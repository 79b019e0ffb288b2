import { errorToData } from '@dilated-unet/core';
import { messageOf } from './message-of.ts';
import type { CallMessage, CallName, Calls, Progress, ReplyMessage } from './protocol.ts';

/** A result, with the memory in it that moves to the caller instead of being copied. */
export interface Answer<R> {
  readonly result: R;
  readonly transfer?: readonly Transferable[];
}

export type Handlers = {
  readonly [N in CallName]: (
    argument: Calls[N]['argument'],
    tell: (progress: Progress) => void,
  ) => Promise<Answer<Calls[N]['result']>>;
};

/** What is needed of a worker's global scope. */
export interface WorkerScope {
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
  postMessage(message: unknown, transfer: Transferable[]): void;
}

/** Answers the calls that arrive at `scope` one after another: ONNX Runtime Web takes one session call at a time. */
export function serve(scope: WorkerScope, handlers: Handlers): void {
  let last: Promise<void> = Promise.resolve();
  scope.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (isCall(data, handlers)) last = last.then(() => answer(scope, handlers, data));
  });
}

async function answer(scope: WorkerScope, handlers: Handlers, { id, call, argument }: CallMessage): Promise<void> {
  // The message's type ties the argument to the call, which indexing by a union of names cannot express.
  const handler = handlers[call] as (
    argument: unknown,
    tell: (progress: Progress) => void,
  ) => Promise<Answer<Calls[CallName]['result']>>;
  try {
    const { result, transfer = [] } = await handler(argument, (progress) =>
      scope.postMessage({ id, progress } satisfies ReplyMessage, []),
    );
    scope.postMessage({ id, ok: true, result } satisfies ReplyMessage, [...transfer]);
  } catch (error) {
    const thrown = error instanceof Error ? error : messageOf(error);
    scope.postMessage({ id, ok: false, error: errorToData(thrown) } satisfies ReplyMessage, []);
  }
}

/** Messages of others pass by: ONNX Runtime's threads, where there are any, are started from the same script. */
function isCall(data: unknown, handlers: Handlers): data is CallMessage {
  if (data === null || typeof data !== 'object') return false;
  const { id, call } = data as Partial<CallMessage>;
  return typeof id === 'number' && typeof call === 'string' && Object.hasOwn(handlers, call);
}
