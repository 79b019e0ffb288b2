import { expect, it, vi } from 'vitest';
import type { SaveRequest } from '../../src/worker/analysis-worker.ts';
import { held, loadedModel, offeredModel, openActions, placeOf, stackFacts } from '../support/actions.ts';

/** A page on a stack whose first section is segmented; what it saves is encoded when `encoded` is released. */
async function segmented() {
  const encoded = held();
  const requests: SaveRequest[] = [];
  const page = await openActions({
    reader: { open: () => stackFacts() },
    segmenter: { load: () => loadedModel() },
    analyst: {
      async save(request: SaveRequest) {
        requests.push(request);
        await encoded.promise;
        return new Blob();
      },
    },
  });
  page.state.model.value = offeredModel('first');
  await page.openStack(placeOf('first.tif'));
  await page.segment();
  return { ...page, encoded, requests };
}

it('a section that is saved bears its own number, whatever is in view when its file is there', async () => {
  const { state, saveResult, goToSection, encoded, requests, downloads } = await segmented();
  const saving = saveResult('mask', 'tiff', 'section');
  goToSection(2);
  encoded.release();
  await saving;
  expect(requests.map(({ sections }) => sections)).toEqual([[0]]);
  expect(downloads).toEqual(['first-1-mask.tif']);
  expect(state.results.value.get(0)?.isSaved).toBe(true);
});

it('a result that took the place of one that is saved is not saved, and the file bears the name of its stack', async () => {
  const { state, saveResult, openStack, segment, encoded, downloads } = await segmented();
  const saving = saveResult('mask', 'tiff', 'section');
  await openStack(placeOf('second.tif'));
  await segment();
  encoded.release();
  await saving;
  expect(downloads).toEqual(['first-1-mask.tif']);
  expect(state.results.value.get(0)).toMatchObject({ isWhole: true, isSaved: false });
});

it.each([
  [true, 'The link is copied.'],
  [false, 'The link is copied. It does not hold the file: who follows it is asked to open it.'],
])('a link says whether it holds what is in view: %s', async (isBundled, said) => {
  const { state, openStack, copyLink } = await openActions({ reader: { open: () => stackFacts() } });
  vi.stubGlobal('navigator', { clipboard: { writeText: () => Promise.resolve() } });
  await openStack(placeOf('phantom.tif'), { isBundled });
  await copyLink();
  expect(state.status.value).toBe(said);
});
