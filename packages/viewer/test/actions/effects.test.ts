import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LabelsRequest } from '../../src/worker/analysis-worker.ts';
import type { CallContext } from '../../src/worker/rpc.ts';
import type { ModelRequest, SegmentRequest } from '../../src/worker/segment-worker.ts';
import { held, loadedModel, offeredModel, openActions, placeOf, stackFacts } from '../support/actions.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Until what follows from the state is computed. */
const rest = (): Promise<unknown> => vi.advanceTimersByTimeAsync(1000);

describe('a section that comes into view while a model loads', () => {
  const [quick, slow] = [offeredModel('quick'), offeredModel('slow')];

  /** A page on a stack; `slow` is loaded when `loading` is released. */
  async function loadingPage() {
    const loading = held();
    const loads: unknown[] = [];
    const sections: number[] = [];
    const page = await openActions({
      reader: { open: () => stackFacts() },
      segmenter: {
        async load({ model }: ModelRequest) {
          loads.push(model);
          if (model === slow.file) await loading.promise;
          return loadedModel();
        },
        segment: ({ z }: SegmentRequest) => void sections.push(z),
      },
    });
    page.startEffects();
    await page.openStack(placeOf('a.tif'));
    await rest();
    return { ...page, loading, loads, sections };
  }

  it('does not give up the model that was chosen, which segments it', async () => {
    const { state, segment, chooseModel, goToSection, loading, sections } = await loadingPage();
    state.model.value = quick;
    await segment();
    const choosing = chooseModel(slow);
    goToSection(1);
    await rest();
    loading.release();
    await choosing;
    await rest();
    expect(state.model.value).toBe(slow);
    expect(sections).toEqual([0, 1]);
  });

  it('is segmented in place of the one for which it loads, and the model loaded once', async () => {
    const { state, segment, goToSection, loading, loads, sections } = await loadingPage();
    state.model.value = slow;
    const segmenting = segment();
    goToSection(2);
    await rest();
    loading.release();
    await segmenting;
    await rest();
    expect(loads).toEqual([slow.file]);
    expect(sections).toEqual([2]);
    expect(state.result.value?.isWhole).toBe(true);
  });
});

it('sections beyond those of the labels are neither compared nor measured, and raise no alarm', async () => {
  const asked: (readonly [call: string, z: number])[] = [];
  const page = await openActions({
    reader: { open: () => stackFacts() },
    segmenter: { load: () => loadedModel() },
    analyst: {
      openLabels: () => stackFacts({ shape: [1, 96, 128] }),
      labels({ z }: LabelsRequest) {
        asked.push(['labels', z]);
        return { width: 128, height: 96, data: new Uint8Array(128 * 96) };
      },
      scores({ z }: LabelsRequest) {
        asked.push(['scores', z]);
        return { scores: [], counted: 1 };
      },
    },
  });
  const { state, startEffects, openStack, openLabels, segment, goToSection } = page;
  startEffects();
  state.model.value = offeredModel('a');
  await openStack(placeOf('a.tif'));
  await openLabels(placeOf('labels.tif'));
  await segment();
  await rest();
  expect(asked).toEqual([
    ['labels', 0],
    ['scores', 0],
  ]);
  goToSection(1);
  await rest();
  expect(asked).toHaveLength(2);
  expect(state.result.value?.isWhole).toBe(true);
  expect(state.isLabelled.value).toBe(false);
  expect(state.scores.value).toBeNull();
});

it('grey values of a section are given up as soon as another comes into view', async () => {
  const signals: AbortSignal[] = [];
  const { state, startEffects, openStack, goToSection } = await openActions({
    reader: {
      open: () => stackFacts(),
      async histogram(_: object, { signal }: CallContext<unknown>) {
        signals.push(signal);
        if (signals.length === 1) await new Promise((_, reject) => setTimeout(reject, 50, new Error('was dropped')));
        return { lowest: 3, highest: 4, counts: [], stretched: [3, 4] };
      },
    },
  });
  startEffects();
  await openStack(placeOf('a.tif'));
  expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
  goToSection(1);
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  await rest();
  expect(state.failure.value).toBeNull();
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
  expect(state.histogram.value?.lowest).toBe(3);
});

it('a link to a file stays in the address until a stack of the user is open', async () => {
  const written: string[] = [];
  const page = await openActions({ reader: { open: () => stackFacts() } });
  vi.stubGlobal('history', { replaceState: (_: null, __: string, link: string) => void written.push(link) });
  vi.stubGlobal('fetch', () => Promise.resolve(new Response('')));
  page.startEffects();
  page.awaitFile({ file: 'own.tif', selection: {}, section: 2 });
  await page.openSample({});
  await rest();
  page.goToSection(1);
  await rest();
  expect(written).toEqual([]);
  await page.openStack(placeOf('own.tif'));
  await rest();
  expect(written).toEqual([expect.stringContaining('#file=own.tif&section=2&at=')]);
});
