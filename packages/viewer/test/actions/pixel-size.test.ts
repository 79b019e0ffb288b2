import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { ModelRequest, SegmentRequest } from '../../src/worker/segment-worker.ts';
import { loadedModel, offeredModel, openActions, placeOf, stackFacts } from '../support/actions.ts';

it('a pixel size that is typed after a model could not be loaded makes the results anew', async () => {
  const bad = offeredModel('bad');
  const rescales: SegmentRequest['rescale'][] = [];
  const page = await openActions({
    reader: { open: () => stackFacts({ pixelSize: { y: 4, x: 4 } }) },
    segmenter: {
      load({ model }: ModelRequest) {
        if (model === bad.file) throw new Error('damaged');
        return loadedModel(4);
      },
      segment: ({ rescale }: SegmentRequest) => void rescales.push(rescale),
    },
  });
  const { state, openStack, segment, chooseModel, sayPixelSize } = page;
  state.model.value = offeredModel('good');
  await openStack(placeOf('a.tif'));
  await segment();
  await chooseModel(bad);
  expect(state.result.value?.isWhole).toBe(true);
  sayPixelSize(8);
  await setTimeout(10);
  expect(rescales).toEqual([null, { from: { y: 8, x: 8 }, to: { y: 4, x: 4 } }]);
});
