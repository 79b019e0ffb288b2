import { EnvironmentError, InvalidOptionError, type Rectangle } from '@dilated-unet/core';
import { removeLeftOf, withLock } from '@dilated-unet/host';
import type { PixelSize, StackOrigin } from '@dilated-unet/stacks';
import { writeRows, type StackOutput } from '@dilated-unet/stacks/node';
import { ahead } from '../ahead.ts';
import type { ResultRun } from '../results/result.ts';
import type { ResultRows } from '../results/rows.ts';
import { FinishedElsewhere, type PartsStore } from './store.ts';
import { openWritten } from './written.ts';

export interface FinishOptions {
  /** As what the output is written. */
  readonly form: StackOutput;
  readonly run: ResultRun;
  /** Places of all sections, from 0, rising. */
  readonly sections: readonly number[];
  /** Of each section, pixels. */
  readonly size: Pick<Rectangle, 'width' | 'height'>;
  readonly pixelSize?: PixelSize | undefined;
  /** Of the first pixel of the output. */
  readonly origin?: StackOrigin | undefined;
  /** Whether what was done stays noted, for processes of the same run that come later. */
  readonly keepRecord: boolean;
  readonly signal: AbortSignal;
  /** Called after each section. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Told once, when another process is finishing. */
  readonly onWait?: ((holder: number, host: string) => void) | undefined;
}

/** Runs `work` while no other process finishes the output of `store` or removes what it was made of. */
export function withStore<T>(
  store: PartsStore,
  work: (signal: AbortSignal) => Promise<T>,
  { signal, onWait }: Pick<FinishOptions, 'signal' | 'onWait'>,
): Promise<T> {
  return withLock(`${store.folder}.lock`, (lock) => work(AbortSignal.any([lock.signal, signal])), {
    signal,
    ...(onWait && { onWait }),
  });
}

/**
 * Checks that the output can be put in its place, where sections of it are done.
 *
 * @throws EnvironmentError saying how to go on with them when something else is there by now; and as `StackOutput.requireRoom`.
 */
export async function requireRoomFor(store: PartsStore, form: StackOutput): Promise<void> {
  await form.requireRoom(store.output, '`output`').catch((cause: unknown) => {
    if (!(cause instanceof InvalidOptionError)) throw cause;
    const how = 'To go on with the sections that are done, remove that and start the same command again.';
    throw new EnvironmentError(`${cause.message} ${how} Another name begins anew.`, { cause });
  });
}

/**
 * Puts the sections of `store` together in order of z, as an undisturbed run writes them, and removes them. One process does it;
 * others wait, and go on where that one dies.
 *
 * @throws FinishedElsewhere when another process has done it; EnvironmentError when a section is missing or damaged; and what
 * `requireRoomFor` and writing throw: what is in `store` stays then.
 */
export function finishOutput(store: PartsStore, options: FinishOptions): Promise<void> {
  const { form, run, sections, size, pixelSize, origin, keepRecord, onProgress } = options;
  const { width, height } = size;
  return withStore(
    store,
    async (signal) => {
      if ((await store.plan()) === undefined || (await store.finished()) === 'yes') throw new FinishedElsewhere();
      await removeLeftOf(store.output);
      async function* inOrder(): AsyncGenerator<ResultRows & { readonly z: number }, void, undefined> {
        for (const [i, place] of sections.entries()) {
          for await (const made of store.read(place, run.dtype)) {
            signal.throwIfAborted();
            const isLast = made.y + made.height === height;
            yield { ...(run.inOrder?.(made, isLast) ?? made), y: made.y, z: i, isLast };
          }
          onProgress?.(i + 1, sections.length);
        }
        // Who was stopped for longer than the lease does not replace what another process wrote.
        signal.throwIfAborted();
      }
      const isThere = await requireRoomFor(store, form)
        .then(() => false)
        .catch(async (error: unknown) => {
          if (form.replaces || !(await isWritten(store.output, run, inOrder))) throw error;
          return true;
        });
      if (isThere) return store.finish(keepRecord);
      const depth = sections.length;
      // A section is read while the one before it is written.
      const known = { width, height, depth, pixelSize, origin, labels: run.labels };
      await writeRows(store.output, ahead([inOrder]), known);
      await store.finish(keepRecord);
    },
    options,
  );
}

/**
 * Whether a folder that cannot be replaced holds the output already: a process died between making it and noting it.
 *
 * @param made what is to be in it.
 */
async function isWritten(
  output: string,
  run: ResultRun,
  made: () => AsyncGenerator<ResultRows & { readonly z: number }, void, undefined>,
): Promise<boolean> {
  const there = await openWritten(output, run.dtype).catch(() => undefined);
  if (there === undefined) return false;
  const { source, valuesOf } = there;
  try {
    let places = 0;
    for await (const { z, y, width, height, data } of made()) {
      if (z >= source.shape[0]) return false;
      const found = valuesOf((await source.read(z, { x: 0, y, width, height })).data);
      if (!data.every((value, i) => value === found?.[i])) return false;
      places = z + 1;
    }
    return places === source.shape[0];
  } finally {
    await source.close?.();
  }
}
