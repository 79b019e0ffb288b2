import { setTimeout } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import type { CallContext } from '../../src/worker/rpc.ts';
import type { StackRequest } from '../../src/worker/segment-worker.ts';
import { held, openActions, placeOf, stackFacts } from '../support/actions.ts';

it('a file that is dropped while the sample is fetched is opened, and the sample is not', async () => {
  const fetched = held();
  const read = held();
  vi.stubGlobal('fetch', async () => {
    await fetched.promise;
    return new Response('');
  });
  const opened: StackRequest[] = [];
  const { state, openSample, openStack } = await openActions({
    reader: {
      async open(request: StackRequest) {
        opened.push(request);
        await read.promise;
        return stackFacts();
      },
    },
  });
  const sample = openSample({});
  const own = openStack(placeOf('own.tif'));
  fetched.release();
  await setTimeout(10);
  read.release();
  expect(await Promise.all([sample, own])).toEqual([false, true]);
  expect(opened).toHaveLength(1);
  expect(state.stack.value?.name).toBe('own.tif');
});

it('an address whose name has a % of its own is named as it stands, and what is wrong with it is said', async () => {
  const open = () => {
    throw new Error('refused');
  };
  const { state, openStack } = await openActions({ reader: { open } });
  expect(await openStack({ kind: 'url', url: 'https://files.test/a%20b/stack_50%.tif?x=1' })).toBe(false);
  expect(state.failure.value?.text).toMatch(/^stack_50%\.tif: .*refused/);
});

it('a stack that is opened while pixels of the one before are on their way raises no alarm', async () => {
  vi.stubGlobal('devicePixelRatio', 1);
  const dropped = held();
  const given: AbortSignal[] = [];
  let shown = 0;
  /** What is read of a stack fails when another one is shown. */
  const read = async (_: object, { signal }: CallContext<unknown>) => {
    given.push(signal);
    await dropped.promise;
    throw new Error('was dropped');
  };
  const { state, openStack, startPainting } = await openActions({
    reader: {
      open: () => stackFacts(),
      show() {
        if (++shown === 2) dropped.release();
      },
      tile: read,
      histogram: (argument: object, context) => (shown === 1 ? read(argument, context) : null),
    },
    painter: {
      async begin(_: object, { tell }: CallContext<unknown>) {
        tell({ kind: 'read', id: 0, z: 0, tile: { level: 0, column: 0, row: 0 } });
        await held().promise;
      },
    },
  });
  await openStack(placeOf('first.tif'));
  startPainting({ transferControlToOffscreen: () => ({}) } as HTMLCanvasElement);
  await setTimeout(10);
  await openStack(placeOf('second.tif'));
  await setTimeout(10);
  expect(given.map(({ aborted }) => aborted)).toEqual([true, true]);
  expect(state.failure.value).toBeNull();
  expect(state.status.value).toMatch(/^second\.tif is open/);
});

it('a stack that is opened beside its result is shown whole in its half of the stage', async () => {
  const { state, openStack, chooseLayout, showWhole } = await openActions({ reader: { open: () => stackFacts() } });
  state.stage.value = { width: 1000, height: 700 };
  chooseLayout('side');
  await openStack(placeOf('wide.tif'));
  const opened = state.camera.value;
  showWhole();
  expect(opened).toEqual(state.camera.value);
});
