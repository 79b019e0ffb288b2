import { EnvironmentError } from '@dilated-unet/core';
import { expect, it } from 'vitest';
import { Remote } from '../../src/worker/rpc.ts';

/** A worker that takes calls and answers none, and the page's end of it. */
function silentWorker() {
  const posted: unknown[] = [];
  const worker = Object.assign(new EventTarget(), { postMessage: (message: unknown) => posted.push(message) });
  const remote = new Remote<{ look: (argument: object) => number }>(worker as unknown as Worker);
  const fail = (message?: string): boolean => worker.dispatchEvent(Object.assign(new Event('error'), { message }));
  return { remote, posted, fail };
}

it('a worker whose script could not be loaded answers calls before and after with that', async () => {
  const { remote, posted, fail } = silentWorker();
  const before = remote.call('look', {});
  fail();
  await expect(before).rejects.toThrow(EnvironmentError);
  await expect(remote.call('look', {})).rejects.toThrow(/its script could not be loaded.*Reload the page/);
  expect(posted).toHaveLength(1);
});

it('a worker goes on after an error of its own, of which the calls under way are told', async () => {
  const { remote, posted, fail } = silentWorker();
  const before = remote.call('look', {});
  fail('out of memory');
  await expect(before).rejects.toThrow(/out of memory/);
  void remote.call('look', {});
  expect(posted).toHaveLength(2);
});
