import { setImmediate } from 'node:timers/promises';

/** Turns of the event loop, enough for all that is under way and waits for nothing outside of the process. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 10; i++) await setImmediate();
}
