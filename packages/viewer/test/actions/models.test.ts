import { expect, it } from 'vitest';
import type { ModelRequest, SegmentRequest } from '../../src/worker/segment-worker.ts';
import { held, loadedModel, offeredModel, openActions, placeOf, stackFacts } from '../support/actions.ts';

it('a model that is chosen again is known as it was: images of other pixels are resampled to it', async () => {
  const rescales: SegmentRequest['rescale'][] = [];
  const page = await openActions({
    reader: { open: () => stackFacts({ pixelSize: { y: 8, x: 8 } }) },
    segmenter: {
      load: () => loadedModel(4),
      segment: ({ rescale }: SegmentRequest) => void rescales.push(rescale),
    },
  });
  const { state, openStack, segment, chooseModel } = page;
  const [first, second] = [offeredModel('first'), offeredModel('second')];
  state.model.value = first;
  await openStack(placeOf('a.tif'));
  await segment();
  await openStack(placeOf('b.tif'));
  await chooseModel(second);
  expect(state.loaded.value).toBeNull();
  await chooseModel(first);
  expect(state.loaded.value).toEqual(loadedModel(4));
  await segment();
  const { rescale } = state.pixelDecision.value;
  expect(rescale).toEqual({ from: { y: 8, x: 8 }, to: { y: 4, x: 4 } });
  expect(rescales).toEqual([rescale, rescale]);
});

it('a model that is given up while it loads, since something else was changed, is named', async () => {
  const slow = offeredModel('slow');
  const page = await openActions({
    reader: { open: () => stackFacts() },
    segmenter: {
      async load({ model }: ModelRequest) {
        if (model === slow.file) await held().promise;
        return loadedModel();
      },
    },
  });
  const { state, openStack, segment, chooseModel, chooseTile } = page;
  state.model.value = offeredModel('quick');
  await openStack(placeOf('a.tif'));
  await segment();
  const choosing = chooseModel(slow);
  chooseTile(256);
  await choosing;
  expect(state.model.value.name).toBe('quick');
  expect(state.notes.value).toEqual(['slow was given up while it loaded. Choose it again to use it.']);
});
