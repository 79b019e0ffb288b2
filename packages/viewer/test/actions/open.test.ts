import { setTimeout } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
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
