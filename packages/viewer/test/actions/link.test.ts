import { setTimeout } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import type { StackRequest } from '../../src/worker/segment-worker.ts';
import { loadedModel, offeredModel, openActions, placeOf, stackFacts } from '../support/actions.ts';

it('a file that a link is a view of is opened with the channel of the link, others as they are', async () => {
  const opened: unknown[] = [];
  const { openStack, awaitFile } = await openActions({
    reader: {
      open({ selection }: StackRequest) {
        opened.push(selection);
        return stackFacts();
      },
    },
  });
  awaitFile({ file: 'own.tif', selection: { channel: 2 } });
  for (const name of ['other.tif', 'own.tif', 'own.tif']) {
    await openStack(placeOf(name));
    await setTimeout(0);
  }
  expect(opened).toEqual([{}, { channel: 2 }, {}]);
});

it('a model of a link that the page does not offer is asked for, also once the file is open', async () => {
  const { state, openStack, awaitFile, askForModel } = await openActions({ reader: { open: () => stackFacts() } });
  state.models.value = [offeredModel('phantom.zip')];
  askForModel({ selection: {}, model: 'phantom.zip' });
  askForModel({ selection: {} });
  expect(state.notes.value).toEqual([]);
  const said = ['The link is a view with the model mine.zip, which this page does not offer: choose its file.'];
  const link = { file: 'own.tif', selection: {}, model: 'mine.zip' };
  askForModel(link);
  expect(state.notes.value).toEqual(said);
  awaitFile(link);
  await openStack(placeOf('own.tif'));
  await setTimeout(0);
  expect(state.notes.value).toEqual(said);
});

it('a model of a link is asked for until one is chosen, and not while there is no list', async () => {
  const { state, askForModel, chooseModel, chooseModelFile } = await openActions({
    segmenter: { load: () => loadedModel() },
  });
  const link = { selection: {}, model: 'mine.zip' };
  askForModel(link);
  expect(state.notes.value).toEqual([]);
  const offered = offeredModel('phantom.zip');
  state.models.value = [offered];
  askForModel(link);
  expect(state.notes.value).toHaveLength(1);
  await chooseModel(offered);
  expect(state.notes.value).toEqual([]);
  await chooseModelFile(new File([], 'mine.zip'));
  // The list that came late has taken the place of the user's own.
  state.models.value = [offered];
  askForModel(link);
  expect(state.notes.value).toEqual([]);
});

it('the file of a link is asked for until it is open', async () => {
  const { state, openStack, awaitFile, chooseModel } = await openActions({ reader: { open: () => stackFacts() } });
  const said = ['The link is a view of own.tif, which it does not hold: open that file.'];
  awaitFile({ file: 'own.tif', selection: {} });
  expect(state.notes.value).toEqual(said);
  await chooseModel(offeredModel('phantom.zip'));
  expect(state.notes.value).toEqual(said);
  await openStack(placeOf('other.tif'));
  await setTimeout(0);
  expect(state.notes.value).toEqual(said);
  await openStack(placeOf('own.tif'));
  await setTimeout(0);
  expect(state.notes.value).toEqual([]);
  await openStack(placeOf('other.tif'));
  await setTimeout(0);
  expect(state.notes.value).toEqual([]);
});

it('the file of a link is asked for also once the sample that was being read is open', async () => {
  vi.stubGlobal('fetch', () => Promise.resolve(new Response('')));
  const { state, openSample, awaitFile } = await openActions({ reader: { open: () => stackFacts() } });
  awaitFile({ file: 'own.tif', selection: {} });
  await openSample({});
  await setTimeout(0);
  expect(state.stack.value?.isBundled).toBe(true);
  expect(state.notes.value).toEqual(['The link is a view of own.tif, which it does not hold: open that file.']);
});

it.each([
  { at: [1e9, 1e9, 1e-9], camera: { x: 128, y: 96, zoom: 0.48 } },
  { at: [-5, 40, 1e9], camera: { x: 0, y: 40, zoom: 64 } },
  { at: [30, 40, 2], camera: { x: 30, y: 40, zoom: 2 } },
] as const)('a link moves the view within its limits: $at', async ({ at, camera }) => {
  const { state, openStack, applyLink } = await openActions({ reader: { open: () => stackFacts() } });
  state.stage.value = { width: 128, height: 96 };
  await openStack(placeOf('a.tif'));
  applyLink({ selection: {}, at });
  expect(state.camera.value).toEqual(camera);
});
