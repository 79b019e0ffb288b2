import { computed, effect } from '@preact/signals';
import * as state from '../state.ts';

import { findCells, measure, readLabels } from './compare.ts';
import { Latest } from './latest.ts';
import { isAwaitingFile, reloadFromLinks, stateLink } from './link.ts';
import { guardResults } from './results.ts';
import { segment } from './segment.ts';
import { countGreyValues, readPointed, stopCounting } from './view.ts';
import { segmenter } from '../workers.ts';

/** Milliseconds for which a control must rest before what follows from it is computed. */
const REST = 150;

/** Keeps everything up that follows from the state: cells, measures, labels, the histogram, the address, the theme. */
export function startEffects(): void {
  // Each part of a section that arrives makes a new result: only its end is of interest.
  const isWhole = computed(() => state.result.value?.isWhole === true);
  whenAtRest(
    () => [
      state.show.value === 'cells' && isWhole.value,
      state.z.value,
      state.threshold.value,
      state.minSize.value,
      state.results.value.size,
    ],
    ([isWanted], signal) => isWanted && findCells(signal),
  );
  whenAtRest(
    () => [
      // Itself: others may be opened in its place.
      state.labels.value,
      isWhole.value,
      state.z.value,
      state.labelKind.value,
      state.ignoredLabel.value,
      state.results.value.size,
    ],
    ([, isSegmented], signal) => {
      state.scores.value = null;
      return state.isLabelled.value && isSegmented && measure(signal);
    },
  );
  whenAtRest(
    () => [state.labels.value, state.z.value, state.labelKind.value, state.ignoredLabel.value],
    (_, signal) => state.isLabelled.value && readLabels(signal),
  );
  effect(() => {
    void state.z.value;
    // The reader drops what it holds of sections that are passed.
    stopCounting();
  });
  whenAtRest(
    () => [state.z.value],
    () => countGreyValues(),
  );
  whenAtRest(
    () => [state.pointed.value, state.z.value, isWhole.value],
    (_, signal) => readPointed(signal),
  );
  guardResults();
  followSections();
  followView();
  writeAddress();
  reloadFromLinks();
  effect(() => {
    const theme = state.theme.value;
    if (theme === 'auto') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme;
  });
}

/** Calls `work` when what `read` gives has changed and rests; the one before is given up. */
function whenAtRest<T extends readonly unknown[]>(
  read: () => readonly [...T],
  work: (values: readonly [...T], signal: AbortSignal) => unknown,
): void {
  let timer = 0;
  const latest = new Latest();
  let before: readonly unknown[] = [];
  effect(() => {
    const values = read();
    if (values.length === before.length && values.every((value, i) => Object.is(value, before[i]))) return;
    before = values;
    const signal = latest.begin();
    clearTimeout(timer);
    timer = window.setTimeout(() => void work(values, signal), REST);
  });
}

/** Segments a section that comes into view, once something was segmented; a model that loads begins with it itself. */
function followSections(): void {
  whenAtRest(
    () => [state.z.value],
    () => {
      const { following, result, isBatch, progress } = state;
      const isBusy = isBatch.value || progress.value?.phase === 'loading';
      return following.value && !isBusy && result.value?.isWhole !== true && segment();
    },
  );
}

/** Tells the segmenting worker where one looks. */
function followView(): void {
  whenAtRest(
    () => [state.camera.value.x, state.camera.value.y, state.isRunning.value] as const,
    ([x, y, isRunning]) => isRunning && segmenter().call('look', { x, y }),
  );
}

/** Keeps the address a link to the view, unless it is one to a file that is still to be opened. */
function writeAddress(): void {
  whenAtRest(
    () => [state.stack.value === null || isAwaitingFile() ? '' : stateLink()],
    ([link]) => link !== '' && link !== location.href && history.replaceState(null, '', link),
  );
}
