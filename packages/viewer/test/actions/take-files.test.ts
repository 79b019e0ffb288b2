import { InvalidImageError } from '@dilated-unet/core';
import { expect, it } from 'vitest';
import type { StackRequest } from '../../src/worker/segment-worker.ts';
import { held, loadedModel, openActions, placeOf, stackFacts } from '../support/actions.ts';

/** A folder that is listed, or cannot be, when it is said so. */
function slowFolder(name: string) {
  const listed = held<readonly unknown[] | Error>();
  const file = {
    name: '1.tif',
    isFile: true,
    isDirectory: false,
    file: (give: (file: File) => void) => give(new File([], '1.tif')),
  };
  const batches = [listed.promise, Promise.resolve([])];
  const readEntries = async (give: (entries: unknown) => void, refuse: (error: Error) => void) => {
    const batch = await batches.shift();
    if (batch instanceof Error) refuse(batch);
    else give(batch);
  };
  const folder = { name, isFile: false, isDirectory: true, createReader: () => ({ readEntries }) };
  const items = [{ webkitGetAsEntry: () => folder, getAsFile: () => null }] as unknown as DataTransferItemList;
  return { items, list: () => listed.release([file]), fail: () => listed.release(new Error('It is locked.')) };
}

/** What is dropped: a folder of one section by its name, which `bad` cannot be read of, or a file where the name has an extension. */
function dropped(...names: readonly string[]): DataTransferItemList {
  const fileEntry = (name: string, isBad = false) => ({
    ...{ name, isFile: true, isDirectory: false },
    file: (give: (file: File) => void, refuse: (error: Error) => void) =>
      isBad ? refuse(new Error('It is locked.')) : give(new File([], name)),
  });
  const items = names.map((name): object => {
    const file = (): File => new File([], name);
    if (name.includes('.')) return { webkitGetAsEntry: () => fileEntry(name), getAsFile: file };
    const batches = name === 'empty' ? [[]] : [[fileEntry('1.tif', name === 'bad')], []];
    const readEntries = (give: (entries: unknown) => void) => give(batches.shift());
    const folder = { name, isFile: false, isDirectory: true, createReader: () => ({ readEntries }) };
    return { webkitGetAsEntry: () => folder, getAsFile: () => null };
  });
  return items as unknown as DataTransferItemList;
}

/** A page that notes which places its reader opens. */
async function page() {
  const opened: StackRequest['place'][] = [];
  const open = ({ place }: StackRequest) => {
    opened.push(place);
    return stackFacts();
  };
  return { ...(await openActions({ reader: { open }, segmenter: { load: () => loadedModel() } })), opened };
}

it('a folder that is dropped is opened under its name', async () => {
  const { takeDropped, opened } = await page();
  await takeDropped(dropped('em1'));
  expect(opened).toMatchObject([{ kind: 'folder', name: 'em1', files: [{ path: '1.tif' }] }]);
});

it.each(['list', 'fail'] as const)(
  'a folder that is dropped is given up for what is opened while it is read: %s',
  async (end) => {
    const { state, openStack, takeDropped, opened } = await page();
    const folder = slowFolder('em1');
    const taking = takeDropped(folder.items);
    expect(state.status.value).toBe('Reading what was dropped …');
    await openStack(placeOf('later.tif'));
    folder[end]();
    await taking;
    expect(opened).toHaveLength(1);
    expect([state.stack.value?.name, state.failure.value]).toEqual(['later.tif', null]);
  },
);

it('a folder that is dropped takes the place of what is still being opened, and goes on', async () => {
  const slow = held();
  const { state, openStack, takeDropped } = await openActions({
    reader: {
      async open({ place }: StackRequest) {
        if (place.kind === 'file') await slow.promise;
        return stackFacts();
      },
    },
  });
  const folder = slowFolder('em1');
  const opening = openStack(placeOf('slow.tif'));
  const taking = takeDropped(folder.items);
  slow.release();
  await opening;
  expect(state.stack.value).toBeNull();
  folder.list();
  await taking;
  expect(state.stack.value?.name).toBe('em1');
});

it('a folder that is dropped as labels is given up for labels that are chosen while it is read', async () => {
  const { state, openStack, openLabels, takeDroppedLabels } = await openActions({
    reader: { open: () => stackFacts() },
    analyst: { openLabels: () => stackFacts() },
  });
  await openStack(placeOf('image.tif'));
  const folder = slowFolder('em1');
  const taking = takeDroppedLabels(folder.items);
  await openLabels(placeOf('later.tif'));
  folder.list();
  await taking;
  expect([state.labels.value?.name, state.failure.value]).toEqual(['later.tif', null]);
});

it.each([
  [['em1', 'em2'], 'em1'],
  [['a.tif', 'em2'], 'em2'],
])('a folder that is dropped with something else is refused, and nothing is opened: %j', async (names, folder) => {
  const { state, takeDropped, opened } = await page();
  await takeDropped(dropped(...names));
  expect(opened).toEqual([]);
  expect(state.failure.value?.text).toBe(
    `What was dropped: 2 entries, of which ${folder} is a folder. A folder is opened alone: drop one folder, or files only.`,
  );
});

it.each([
  [['a.tif', 'model.zip'], { kind: 'file' }],
  [
    ['model.onnx', 'a.png', 'b.png'],
    { kind: 'folder', name: '2 files', files: [{ path: 'a.png' }, { path: 'b.png' }] },
  ],
])('images that are dropped with a model are opened, and the model is chosen: %j', async (names, place) => {
  const { state, takeDropped, opened } = await page();
  await takeDropped(dropped(...names));
  expect(opened).toMatchObject([place]);
  expect(state.model.value?.name).toMatch(/^model/);
});

it('several models are refused', async () => {
  const { state, takeDropped, opened } = await page();
  await takeDropped(dropped('a.zip', 'b.onnx', 'a.tif'));
  expect(opened).toEqual([]);
  expect(state.model.value).toBeNull();
  expect(state.failure.value?.text).toBe('What was dropped: 2 models, a.zip and b.onnx. Drop one.');
});

it.each([
  ['empty', 'What was dropped: empty has no files. Drop a folder of sections.'],
  ['bad', 'What was dropped: bad/1.tif cannot be read: It is locked. Let the browser read it, and drop it again.'],
])('a folder that cannot be opened says why: %s', async (name, said) => {
  const { state, takeDropped, opened } = await page();
  await takeDropped(dropped(name));
  expect(opened).toEqual([]);
  expect(state.failure.value?.text).toBe(said);
});

it.each([
  [['a.tif'], { kind: 'file' }],
  [['a.tif', 'b.tif'], { kind: 'folder', name: '2 files', files: [{ path: 'a.tif' }, { path: 'b.tif' }] }],
  [['em1'], { kind: 'folder', name: 'em1', files: [{ path: '1.tif' }] }],
])('what is dropped as labels is opened as such, and the stack stays: %j', async (names, place) => {
  const labels: StackRequest['place'][] = [];
  const openLabels = ({ place }: StackRequest) => {
    labels.push(place);
    return stackFacts();
  };
  const { state, openStack, takeDroppedLabels } = await openActions({
    reader: { open: () => stackFacts() },
    analyst: { openLabels },
  });
  await openStack(placeOf('image.tif'));
  await takeDroppedLabels(dropped(...names));
  expect(labels).toMatchObject([place]);
  expect([state.stack.value?.name, state.failure.value]).toEqual(['image.tif', null]);
  await takeDroppedLabels(dropped('a.tif', 'em2'));
  expect(state.failure.value?.text).toMatch(/of which em2 is a folder/);
});

it('of several files that are no stack, it is said where labels are dropped', async () => {
  const { state, takeDropped } = await openActions({
    reader: {
      open: () => {
        throw new InvalidImageError('labels.tif has 3 pages.');
      },
    },
  });
  await takeDropped(dropped('image.tif'));
  expect(state.notes.value).toEqual([]);
  await takeDropped(dropped('image.tif', 'labels.tif'));
  expect(state.notes.value).toEqual([expect.stringContaining('Drop labels on “Compare with labels”.')]);
});
