import {
  DilatedUnetError,
  EnvironmentError,
  InvalidModelError,
  InvalidOptionError,
  type Planes,
} from '@dilated-unet/core';
import { describe, expect, it } from 'vitest';
import { WorkerClient } from '../src/rpc/client.ts';
import type { ComputeRequest, DeviceState, LoadReply, LoadRequest } from '../src/rpc/protocol.ts';
import { serve, type Handlers, type WorkerScope } from '../src/rpc/server.ts';
import { smallUnetCard } from './support/small-unet.ts';

/** A worker and its page in one thread: messages are cloned as between threads. */
function connected(handlers: Handlers): WorkerClient {
  const toWorker = new EventTarget();
  const toPage = new EventTarget();
  const post = (target: EventTarget) => (data: unknown, transfer: Transferable[]) => {
    const cloned = structuredClone(data, { transfer });
    setTimeout(() => target.dispatchEvent(new MessageEvent('message', { data: cloned })));
  };
  serve(
    { addEventListener: toWorker.addEventListener.bind(toWorker), postMessage: post(toPage) } as WorkerScope,
    handlers,
  );
  const worker = {
    addEventListener: toPage.addEventListener.bind(toPage),
    postMessage: post(toWorker),
    terminate: () => undefined,
  };
  return new WorkerClient(worker as unknown as Worker);
}

const STATE: DeviceState = {
  device: 'wasm',
  adapter: null,
  fallbackReason: null,
  maxTile: 512,
  precision: 'fp32',
  verified: null,
};
const LOADED: LoadReply = {
  facts: {
    name: 'small',
    sha256: '',
    terms: null,
    card: smallUnetCard,
    forms: [{ precision: 'fp32', engine: null, deviation: null }],
  },
  state: STATE,
};

const planes = (value: number): Planes => ({ channels: 1, width: 1, height: 1, data: Float32Array.of(value) });
const tile = (value: number): ComputeRequest => ({ stage: null, inputs: [planes(value)] });
const memory = ({ inputs: [first] }: ComputeRequest): ArrayBuffer => first?.data.buffer as ArrayBuffer;

describe('calls into a worker', () => {
  it('are served one after another, in order, and their memory moves', async () => {
    const log: string[] = [];
    const client = connected({
      load: () => Promise.resolve({ result: LOADED }),
      compute: async ({ inputs: [first] }) => {
        const [value = NaN] = first?.data ?? [];
        log.push(`start ${value}`);
        // The first takes longest: only a queue keeps the order.
        await new Promise((resolve) => setTimeout(resolve, 30 - 10 * value));
        log.push(`end ${value}`);
        return { result: { outputs: [planes(value / 4)], shortage: null, state: STATE } };
      },
    });
    const requests = [0, 1, 2].map(tile);
    const replies = await Promise.all(requests.map((r) => client.call('compute', r, { transfer: [memory(r)] })));
    expect(log).toEqual(['start 0', 'end 0', 'start 1', 'end 1', 'start 2', 'end 2']);
    expect(replies.map((reply) => reply.outputs?.[0]?.data[0])).toEqual([0, 0.25, 0.5]);
    expect(requests.every((request) => request.inputs[0]?.data.length === 0)).toBe(true);
  });

  it('fail alone: the next call is answered', async () => {
    const client = connected({
      load: () => Promise.reject(new InvalidModelError('no graph')),
      compute: () => Promise.resolve({ result: { outputs: [planes(1)], shortage: null, state: STATE } }),
    });
    await expect(client.call('load', {} as LoadRequest)).rejects.toThrow(InvalidModelError);
    expect((await client.call('compute', tile(0))).outputs).toEqual([planes(1)]);
  });

  it('fail with the class, fields and cause of the error', async () => {
    const refused = new InvalidOptionError('device', 'must be wasm', 'gpu', { cause: new RangeError('too large') });
    const client = connected({ load: () => Promise.reject(refused), compute: () => new Promise(() => undefined) });
    const failure = (await client.call('load', {} as LoadRequest).catch((error: unknown) => error)) as Error;
    expect(failure).toBeInstanceOf(InvalidOptionError);
    expect(failure).toMatchObject({ option: 'device', received: 'gpu', message: refused.message });
    expect(failure.cause).toBeInstanceOf(RangeError);
  });

  it('say what they can of what is thrown and is no error: a number is a C++ exception', async () => {
    const thrown: unknown[] = [4711, 'aborted'];
    const client = connected({
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- as WebAssembly does
      load: () => Promise.reject(thrown.shift()),
      compute: () => new Promise(() => undefined),
    });
    await expect(client.call('load', {} as LoadRequest)).rejects.toThrow('WebAssembly exception 4711');
    await expect(client.call('load', {} as LoadRequest)).rejects.toThrow('aborted');
  });

  it('fail with the reason when the worker is stopped, the first one, now and later', async () => {
    const client = connected({
      load: () => new Promise(() => undefined),
      compute: () => new Promise(() => undefined),
    });
    const underWay = client.call('compute', tile(0));
    client.stop(new EnvironmentError('crashed'));
    client.stop(new DilatedUnetError('disposed'));
    await expect(underWay).rejects.toThrow('crashed');
    await expect(client.call('compute', tile(0))).rejects.toThrow('crashed');
  });

  it('fail when the argument cannot be posted', async () => {
    const client = connected({
      load: () => Promise.resolve({ result: LOADED }),
      compute: () => Promise.reject(new Error()),
    });
    const request = tile(0);
    const buffer = memory(request);
    structuredClone(buffer, { transfer: [buffer] });
    await expect(client.call('compute', request, { transfer: [buffer] })).rejects.toThrow(/clone|detached|transfer/i);
  });
});
