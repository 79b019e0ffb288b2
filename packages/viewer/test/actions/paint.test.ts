import { InvalidImageError } from '@dilated-unet/core';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { CallContext } from '../../src/worker/rpc.ts';
import { held, openActions, placeOf } from '../support/actions.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it.each([
  ['is said', ['lost'], /^The image: The graphics card was lost/],
  ['is not, where it comes back', ['lost', 'restored'], undefined],
  ['is said no more, where it comes back late', ['lost', 10_000, 'restored'], undefined],
  ['is not, where nothing is painted any more', ['lost', 'end'], undefined],
])('that the graphics card was lost %s', async (_, kinds, said) => {
  let tell: CallContext<unknown>['tell'] = () => undefined;
  const { state, startPainting } = await openActions({
    painter: {
      async begin(_: object, context: CallContext<unknown>) {
        ({ tell } = context);
        await held().promise;
      },
    },
  });
  const end = startPainting({ transferControlToOffscreen: () => ({}) } as HTMLCanvasElement);
  await vi.advanceTimersByTimeAsync(10);
  for (const kind of kinds) {
    if (typeof kind === 'number') {
      await vi.advanceTimersByTimeAsync(kind);
      expect(state.failure.value).not.toBeNull();
    } else if (kind === 'end') end();
    else tell({ kind });
  }
  await vi.advanceTimersByTimeAsync(10);
  expect(state.failure.value).toBeNull();
  await vi.advanceTimersByTimeAsync(60_000);
  if (said === undefined) expect(state.failure.value).toBeNull();
  else expect(state.failure.value?.text).toMatch(said);
});

it('another failure stays when the graphics card comes back', async () => {
  let tell: CallContext<unknown>['tell'] = () => undefined;
  const { state, startPainting, openStack } = await openActions({
    painter: {
      async begin(_: object, context: CallContext<unknown>) {
        ({ tell } = context);
        await held().promise;
      },
    },
    reader: {
      open() {
        throw new InvalidImageError('It is no image.');
      },
    },
  });
  startPainting({ transferControlToOffscreen: () => ({}) } as HTMLCanvasElement);
  await vi.advanceTimersByTimeAsync(10);
  tell({ kind: 'lost' });
  await vi.advanceTimersByTimeAsync(10_000);
  await openStack(placeOf('a.tif'));
  tell({ kind: 'restored' });
  expect(state.failure.value?.text).toBe('a.tif: It is no image.');
});
