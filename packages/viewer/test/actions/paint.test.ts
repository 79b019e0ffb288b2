import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { CallContext } from '../../src/worker/rpc.ts';
import { held, openActions } from '../support/actions.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it.each([
  ['is said', ['lost'], /^The image: The graphics card was lost/],
  ['is not, where it comes back', ['lost', 'restored'], undefined],
])('that the graphics card was lost %s', async (_, kinds, said) => {
  const { state, startPainting } = await openActions({
    painter: {
      async begin(_: object, { tell }: CallContext<unknown>) {
        for (const kind of kinds) tell({ kind });
        await held().promise;
      },
    },
  });
  startPainting({ transferControlToOffscreen: () => ({}) } as HTMLCanvasElement);
  await vi.advanceTimersByTimeAsync(10);
  expect(state.failure.value).toBeNull();
  await vi.advanceTimersByTimeAsync(60_000);
  if (said === undefined) expect(state.failure.value).toBeNull();
  else expect(state.failure.value?.text).toMatch(said);
});
