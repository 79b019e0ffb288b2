import { EnvironmentError } from '@dilated-unet/core';
import { expect, it } from 'vitest';
import type { CallContext } from '../../src/worker/rpc.ts';
import type { SegmentEvent } from '../../src/worker/segment-worker.ts';
import { loadedModel, offeredModel, openActions, placeOf, stackFacts } from '../support/actions.ts';

it.each([
  ['whose worker crashed is loaded again', 2, 'The segmentation worker crashed. Load the model again.', true],
  ['that ran out of memory is kept', 1, 'Memory ran out on tiles of 400 pixels; they have at most 200 now.', false],
])('a model %s by the next run', async (_, times, why, isGone) => {
  let [loads, runs] = [0, 0];
  const { state, openStack, segment } = await openActions({
    reader: { open: () => stackFacts() },
    segmenter: {
      load() {
        loads++;
        return loadedModel();
      },
      segment(_: object, { tell }: CallContext<SegmentEvent>) {
        if (++runs > 1) return;
        if (isGone) tell({ kind: 'gone' });
        throw new EnvironmentError(why);
      },
    },
  });
  state.model.value = offeredModel('a');
  await openStack(placeOf('a.tif'));
  await segment();
  expect(state.failure.value?.text).toContain(why);
  await segment();
  expect(loads).toBe(times);
  expect(state.failure.value).toBeNull();
  expect(state.result.value?.isWhole).toBe(true);
});

it.each([
  [[1, 16384, 16384], 'segment', null],
  [[1, 16384, 16385], 'segment', /^a\.tif: The result of a section takes 1\.1 GiB; the page keeps 1\.0 GiB\./],
  [[2, 16384, 8192], 'segmentAll', null],
  [[2, 16384, 8193], 'segmentAll', /^a\.tif: The results of 2 sections take 1\.1 GiB; the page keeps 1\.0 GiB\./],
] as const)('results that take more than 1 GiB are refused before they begin: %j, %s', async (shape, run, said) => {
  const sections: number[] = [];
  const page = await openActions({
    reader: { open: () => stackFacts({ shape }) },
    segmenter: {
      load: () => loadedModel(),
      segment: ({ z }: { readonly z: number }) => void sections.push(z),
    },
  });
  page.state.model.value = offeredModel('a');
  await page.openStack(placeOf('a.tif'));
  await page[run]();
  expect(sections).toEqual(said === null ? [0, 1].slice(0, shape[0]) : []);
  expect(page.state.following.value).toBe(said === null);
  if (said === null) expect(page.state.failure.value).toBeNull();
  else expect(page.state.failure.value?.text).toMatch(said);
});
