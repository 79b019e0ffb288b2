import { expect, it, vi } from 'vitest';
import type { SaveRequest } from '../../src/worker/analysis-worker.ts';
import { held, loadedModel, offeredModel, openActions, placeOf, stackFacts } from '../support/actions.ts';

/** A page on a stack whose first section is segmented; what it saves is encoded when `encoded` is released. */
async function segmented(facts?: Parameters<typeof stackFacts>[0]) {
  const encoded = held();
  const requests: SaveRequest[] = [];
  const page = await openActions({
    reader: { open: () => stackFacts(facts) },
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

it.each<[readonly number[], string, string]>([
  [[1], 'first-1-mask.tif', ''],
  [[1, 2, 3, 4, 5, 6, 7], 'first-1-7-mask.tif', ': sections 1-7'],
  [[1, 5, 12, 13, 20], 'first-1,5,12-13,20-mask.tif', ': sections 1, 5, 12-13, 20'],
  [
    Array.from({ length: 20 }, (_, i) => 2 * i + 1),
    'first-20-sections-of-1-39-mask.tif',
    ': sections 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31, 33, 35, 37, 39',
  ],
  [Array.from({ length: 40 }, (_, i) => i + 1), 'first-mask.tif', ''],
])('a file of a part of a stack bears the numbers of its sections: %j', async (numbers, name, said) => {
  const shape = [40, 96, 128] as const;
  const { state, saveResult, goToSection, segment, encoded, requests, downloads } = await segmented({ shape });
  for (const number of numbers.slice(1)) {
    goToSection(number - 1);
    await segment();
  }
  encoded.release();
  await saveResult('mask', 'tiff', 'all');
  expect(requests[0]?.sections).toEqual(numbers.map((number) => number - 1));
  expect(downloads).toEqual([name]);
  expect(state.status.value).toBe(`Saved ${name}${said}`);
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
