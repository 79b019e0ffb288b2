import { EnvironmentError, InvalidImageError } from '@dilated-unet/core';
import { expect, it, vi } from 'vitest';
import type { CallContext } from '../../src/worker/rpc.ts';
import type { SegmentEvent, TileEvent } from '../../src/worker/segment-worker.ts';
import { held, loadedModel, offeredModel, openActions, placeOf, stackFacts } from '../support/actions.ts';

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

it('a run ends when it is cancelled while the stack is being opened for it', async () => {
  const opening = held();
  const { state, openStack, segment, cancel } = await openActions({
    reader: { open: () => stackFacts() },
    segmenter: { load: () => loadedModel(), open: () => opening.promise },
  });
  state.model.value = offeredModel('a');
  await openStack(placeOf('a.tif'));
  const running = segment();
  await vi.waitFor(() => expect(state.status.value).toBe('Opening a.tif …'));
  expect(state.progress.value).toMatchObject({ phase: 'loading' });
  cancel();
  await running;
  expect(state.status.value).toBe('Stopped. What is finished stays.');
  expect(state.progress.value).toBeNull();
  opening.release();
});

it('a section of which a part could not be kept is not whole, until it is segmented again', async () => {
  let parts = 0;
  const { state, openStack, segment } = await openActions({
    reader: { open: () => stackFacts() },
    segmenter: {
      load: () => loadedModel(),
      segment(_: object, { tell }: CallContext<SegmentEvent>) {
        for (const done of [1, 2]) tell(tile(done));
      },
    },
    analyst: {
      async add() {
        await Promise.resolve();
        if (++parts === 1) throw new RangeError('Array buffer allocation failed');
      },
    },
  });
  state.model.value = offeredModel('a');
  await openStack(placeOf('a.tif'));
  await segment();
  expect(state.failure.value?.text).toContain('Array buffer allocation failed');
  expect(state.result.value?.isWhole).toBe(false);
  expect(state.progress.value).toBeNull();
  await segment();
  expect(state.result.value?.isWhole).toBe(true);
  expect(state.failure.value).toBeNull();
});

it('a section is not whole before its parts are kept, nor after the run was cancelled meanwhile', async () => {
  const kept = held();
  const { state, openStack, segment, cancel } = await openActions({
    reader: { open: () => stackFacts() },
    segmenter: {
      load: () => loadedModel(),
      segment: (_: object, { tell }: CallContext<SegmentEvent>) => tell(tile(1)),
    },
    analyst: { add: () => kept.promise },
  });
  state.model.value = offeredModel('a');
  await openStack(placeOf('a.tif'));
  const running = segment();
  await vi.waitFor(() => expect(state.progress.value?.tiles).toBe('1 of 2'));
  cancel();
  kept.release();
  await running;
  expect(state.result.value?.isWhole).toBe(false);
});

/** One of the two halves of a section. */
function tile(done: number): TileEvent {
  const { model: _, ...device } = loadedModel();
  const [width, height] = [64, 96];
  const [probabilities, levels] = [new Float32Array(width * height), new Uint8Array(width * height)];
  return { kind: 'tile', x: (done - 1) * width, y: 0, width, height, probabilities, levels, done, total: 2, device };
}

it('what fails beside a run leaves what is told of it', async () => {
  const segmenting = held();
  let isGood = true;
  const { state, openStack, segment } = await openActions({
    reader: {
      open() {
        if (isGood) return stackFacts();
        throw new InvalidImageError('It is no image.');
      },
    },
    segmenter: { load: () => loadedModel(), segment: () => segmenting.promise },
  });
  state.model.value = offeredModel('a');
  await openStack(placeOf('a.tif'));
  const running = segment();
  await vi.waitFor(() => expect(state.status.value).toBe('Segmenting …'));
  isGood = false;
  await openStack(placeOf('bad.tif'));
  expect(state.failure.value?.text).toBe('bad.tif: It is no image.');
  expect(state.status.value).toBe('Segmenting …');
  segmenting.release();
  await running;
  expect(state.status.value).toBe('Done');
  await openStack(placeOf('bad.tif'));
  expect(state.status.value).toBe('');
});
