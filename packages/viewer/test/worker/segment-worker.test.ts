import { setTimeout } from 'node:timers/promises';
import type { WebSegmenterOptions } from '@dilated-unet/runtime-web';
import { EnvironmentError } from '@dilated-unet/core';
import { beforeEach, expect, it, vi } from 'vitest';

/** What was asked for, and what is given for it. */
const { created, segmenter } = vi.hoisted(() => ({
  created: [] as WebSegmenterOptions[],
  segmenter: { promise: new Promise<object>(() => undefined) },
}));
vi.mock('@dilated-unet/runtime-web', () => ({
  createSegmenter(options: WebSegmenterOptions) {
    created.push(options);
    return segmenter.promise;
  },
}));
vi.mock('../../src/image/stack-place.ts', () => ({ openStackPlace: () => Promise.resolve({}) }));
vi.mock('../../src/segment/segment-section.ts', () => ({
  StackSegmenter: class {
    // eslint-disable-next-line require-yield -- it fails before its first tile
    async *section(): AsyncGenerator<never, void, undefined> {
      await Promise.resolve();
      throw new EnvironmentError('It failed.');
    }
  },
}));

beforeEach(() => {
  vi.resetModules();
  created.length = 0;
});

it('a model whose loading is given up is not downloaded any further', async () => {
  let receive: (event: { readonly data: unknown }) => void = () => undefined;
  vi.stubGlobal('addEventListener', (_: string, listener: typeof receive) => (receive = listener));
  await import('../../src/worker/segment-worker.ts');
  const model = 'https://viewer.test/large.zip';
  receive({ data: { id: 0, call: 'load', argument: { model, device: 'auto', precision: 'auto' } } });
  await setTimeout(10);
  expect(created).toMatchObject([{ model }]);
  receive({ data: { abort: 0 } });
  expect(created[0]?.signal?.aborted).toBe(true);
});

it.each([
  [
    true,
    [
      { id: 2, event: { kind: 'gone' } },
      { id: 2, error: { message: 'It failed.' } },
    ],
  ],
  [false, [{ id: 2, error: { message: 'It failed.' } }]],
])('a run that fails says whether the model must be loaded again: %j', async (isGone, said) => {
  let receive: (event: { readonly data: unknown }) => void = () => undefined;
  const replies: { readonly id: number }[] = [];
  vi.stubGlobal('addEventListener', (_: string, listener: typeof receive) => (receive = listener));
  vi.stubGlobal('postMessage', (reply: (typeof replies)[number]) => replies.push(reply));
  segmenter.promise = Promise.resolve({ isGone, model: {}, card: {} });
  await import('../../src/worker/segment-worker.ts');
  for (const [id, call] of ['load', 'open', 'segment'].entries()) {
    receive({ data: { id, call, argument: { model: '', place: {}, selection: {} } } });
    await vi.waitFor(() => expect(replies.at(-1)?.id).toBe(id));
  }
  expect(replies.filter(({ id }) => id === 2)).toMatchObject(said);
});
