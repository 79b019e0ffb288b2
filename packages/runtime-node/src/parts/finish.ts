import { EnvironmentError, type Rectangle } from '@dilated-unet/core';
import { withLock } from '@dilated-unet/host';
import type { PixelSize, StoredData, StoredDtype } from '@dilated-unet/stacks';
import { openStack, writeRows, type StackOutput } from '@dilated-unet/stacks/node';
import { ahead } from '../ahead.ts';
import type { ResultRun } from '../results/result.ts';
import type { ResultRows } from '../results/rows.ts';
import { FinishedElsewhere, type PartsStore } from './store.ts';

export interface FinishOptions {
  /** As what the output is written. */
  readonly form: StackOutput;
  readonly run: ResultRun;
  /** Places of all sections, from 0, rising. */
  readonly sections: readonly number[];
  /** Of each section, pixels. */
  readonly size: Pick<Rectangle, 'width' | 'height'>;
  readonly pixelSize?: PixelSize | undefined;
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
 * Puts the sections of `store` together in order of z, as an undisturbed run writes them, and removes them. One process does it;
 * others wait, and go on where that one dies.
 *
 * @throws FinishedElsewhere when another process has done it; EnvironmentError when a section is missing or damaged; and what
 * writing throws: what is in `store` stays then.
 */
export function finishOutput(store: PartsStore, options: FinishOptions): Promise<void> {
  const { form, run, sections, size, pixelSize, keepRecord, onProgress } = options;
  const { width, height } = size;
  return withStore(
    store,
    async (signal) => {
      if ((await store.plan()) === undefined || (await store.finished()) === 'yes') throw new FinishedElsewhere();
      async function* inOrder(): AsyncGenerator<ResultRows & { readonly z: number }, void, undefined> {
        for (const [i, place] of sections.entries()) {
          for await (const made of store.read(place)) {
            signal.throwIfAborted();
            const isLast = made.y + made.height === height;
            const typed = { ...made, data: valuesOf(made.data, run.dtype, place) };
            yield { ...(run.inOrder?.(typed, isLast) ?? typed), y: made.y, z: i, isLast };
          }
          onProgress?.(i + 1, sections.length);
        }
        // Who was stopped for longer than the lease does not replace what another process wrote.
        signal.throwIfAborted();
      }
      if (await isWritten(store.output, form, inOrder)) return store.finish(keepRecord);
      const depth = sections.length;
      // A section is read while the one before it is written.
      await writeRows(store.output, ahead([inOrder]), { width, height, depth, pixelSize, labels: run.labels });
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
  form: StackOutput,
  made: () => AsyncGenerator<ResultRows & { readonly z: number }, void, undefined>,
): Promise<boolean> {
  const isFree = await form.requireRoom(output).then(
    () => true,
    () => false,
  );
  if (isFree) return false;
  const there = await openStack(output).catch(() => undefined);
  if (there === undefined) return false;
  try {
    let places = 0;
    for await (const { z, y, width, height, data } of made()) {
      if (z >= there.shape[0]) return false;
      const found = await there.read(z, { x: 0, y, width, height });
      if (!data.every((value, i) => value === found.data[i])) return false;
      places = z + 1;
    }
    return places === there.shape[0];
  } finally {
    await there.close?.();
  }
}

/** `data` of a section as it was added: TIFF readers give ids as float32. */
function valuesOf(data: StoredData, dtype: StoredDtype, z: number): StoredData {
  if (dtype === 'uint32') return Uint32Array.from(data);
  const kinds = { uint8: Uint8Array, uint16: Uint16Array, float32: Float32Array };
  if (data instanceof kinds[dtype]) return data;
  throw new EnvironmentError(`Section ${z + 1} is not ${dtype}. Remove the folder of the parts to begin anew.`);
}
