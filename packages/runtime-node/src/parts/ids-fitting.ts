import { EnvironmentError, InvalidOptionError } from '@dilated-unet/core';
import type { StackOutput } from '@dilated-unet/stacks/node';
import type { ResultRun } from '../results/result.ts';
import type { PartsStore } from './store.ts';

/** Takes sections that are done. @throws InvalidOptionError when the output has no room for the ids of all that it has taken. */
export type RequireIdsFit = (places: Iterable<number>) => Promise<void>;

/** What counts the ids of sections of `store`, each of which has its own, against the largest number that `form` holds. */
export function idsFitting(store: PartsStore, form: StackOutput, run: ResultRun): RequireIdsFit {
  const counted = new Set<number>();
  let ids = 0;
  return async (places) => {
    if (run.dtype !== 'uint32' || form.largestId === Infinity) return;
    for (const z of places) {
      if (!counted.has(z)) ids += await idsOf(store, z);
      counted.add(z);
    }
    if (ids > form.largestId) throw noRoom(ids, counted.size, store, form);
  };
}

/** How many ids section `z` has, which count from 1. */
async function idsOf(store: PartsStore, z: number): Promise<number> {
  let most = 0;
  try {
    for await (const { data } of store.read(z, 'uint32')) for (const id of data) most = Math.max(most, id);
  } catch (error) {
    // Another process may have finished the output, and whoever puts it together says what is damaged.
    if (!(error instanceof EnvironmentError)) throw error;
  }
  return most;
}

function noRoom(ids: number, sections: number, store: PartsStore, form: StackOutput): InvalidOptionError {
  // The plan says nothing of the output: the same sections may become another one.
  const other = store.folder.replace(/(\.png)?\.parts$/i, '.tif');
  const rule =
    `must end in .tif or .zarr, as the ${sections} sections that are done have ${ids} cells, and ${form.name} holds ids up to ` +
    `${form.largestId}; to go on with them, rename ${store.folder} to ${other}.parts and start the same command with --output ${other}`;
  return new InvalidOptionError('output', rule, store.output);
}
