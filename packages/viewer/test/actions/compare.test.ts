import { describe, expect, it, vi } from 'vitest';
import { placeName, type StackPlace } from '../../src/image/stack-place.ts';
import { held, openActions, placeOf, stackFacts } from '../support/actions.ts';

/** A page on a stack whose analyst opens `slow.tif` when `slow` is released, and other labels at once. */
async function beside() {
  const slow = held();
  const page = await openActions({
    reader: { open: () => stackFacts() },
    analyst: {
      async openLabels({ place }: { readonly place: StackPlace }) {
        if (placeName(place) === 'slow.tif') await slow.promise;
        return stackFacts();
      },
    },
  });
  await page.openStack(placeOf('first.tif'));
  return { ...page, slow };
}

describe('labels that are being opened', () => {
  it('are given up for another stack', async () => {
    const { state, openLabels, openStack, slow } = await beside();
    const opening = openLabels(placeOf('slow.tif'));
    await openStack(placeOf('second.tif'));
    slow.release();
    await opening;
    expect(state.labels.value).toBeNull();
    expect(state.show.value).toBe('membrane');
    expect(state.failure.value).toBeNull();
  });

  it('are refused while there is no image, aloud', async () => {
    const { state, openLabels } = await openActions();
    await openLabels(placeOf('labels.tif'));
    expect(state.failure.value?.text).toBe('labels.tif: Labels are compared with an image: open that first.');
    expect(state.labels.value).toBeNull();
  });

  it('are given up for others that are chosen later', async () => {
    const { state, openLabels, slow } = await beside();
    const opening = openLabels(placeOf('slow.tif'));
    await openLabels(placeOf('later.tif'));
    slow.release();
    await opening;
    expect(state.labels.value?.name).toBe('later.tif');
  });
});

it('labels that are closed or replaced leave no map with the painter', async () => {
  const maps = new Set<number>();
  const { openStack, openLabels, closeLabels, readLabels } = await openActions({
    reader: { open: () => stackFacts() },
    painter: {
      newMap: ({ id }: { readonly id: number }) => void maps.add(id),
      dropMap: ({ id }: { readonly id: number }) => void maps.delete(id),
    },
    analyst: {
      openLabels: () => stackFacts(),
      labels: () => ({ width: 128, height: 96, data: new Uint8Array(128 * 96) }),
    },
  });
  await openStack(placeOf('first.tif'));
  for (const name of ['a.tif', 'b.tif']) {
    await openLabels(placeOf(name));
    await readLabels(new AbortController().signal);
    await vi.waitFor(() => expect(maps.size).toBe(1));
  }
  await closeLabels();
  await vi.waitFor(() => expect(maps.size).toBe(0));
});

it('the map of labels is there all the while that another one takes its place', async () => {
  const { state, openStack, openLabels, readLabels } = await openActions({
    reader: { open: () => stackFacts() },
    analyst: {
      openLabels: () => stackFacts(),
      labels: () => ({ width: 128, height: 96, data: new Uint8Array(128 * 96) }),
    },
  });
  await openStack(placeOf('first.tif'));
  await openLabels(placeOf('a.tif'));
  await readLabels(new AbortController().signal);
  const maps: unknown[] = [];
  state.labelMap.subscribe((map) => void maps.push(map));
  await readLabels(new AbortController().signal);
  expect(maps).toHaveLength(2);
  expect(maps).not.toContain(null);
});
