import { DilatedUnetError, InvalidOptionError } from '@dilated-unet/core';
import { batch } from '@preact/signals';
import type { StackFacts } from '../image/pyramid.ts';
import { placeName, type StackPlace } from '../image/stack-place.ts';
import * as state from '../state.ts';
import type { LabelsRequest } from '../worker/analysis-worker.ts';
import { analyst } from '../workers.ts';
import { Latest } from './latest.ts';
import { dropMaps, newMap, setPart } from './maps.ts';
import { clearFailure, note, showFailure, tell } from './tell.ts';
import { imageSize } from './view.ts';

/** Values that may be ignored, as of `trainer:evaluate --ignore`. */
export const IGNORED_LABELS = { least: -65535, most: 65535 } as const;

/** Of labels: those that were asked for last are opened. */
export const labelOpenings = new Latest();

/** Opens labels beside the stack, to compare results with; those before stay where these cannot be opened. */
export async function openLabels(place: StackPlace): Promise<void> {
  const { stack } = state;
  const name = placeName(place);
  if (stack.value === null) {
    return showFailure(name, new DilatedUnetError('Labels are compared with an image: open that first.'));
  }
  clearFailure();
  const signal = labelOpenings.begin();
  try {
    const request = { place, images: stack.value.shape };
    const facts: Omit<StackFacts, 'levels'> = await analyst().call('openLabels', request, { signal });
    batch(() => {
      state.labels.value = { ...facts, name, place };
      dropLabelMap();
      state.scores.value = null;
      state.show.value = 'errors';
    });
    tell(`Labels ${name} are open.`);
    const [labelled, imaged] = [facts.shape[0], stack.value.shape[0]];
    if (labelled !== imaged) {
      note(`${name} has ${labelled} sections, the images ${imaged}: the first of both belong together.`);
    }
  } catch (error) {
    if (!signal.aborted) showFailure(name, error);
  }
}

/** Closes the labels, also those that are being opened. */
export async function closeLabels(): Promise<void> {
  const { labels, show } = state;
  labelOpenings.begin();
  batch(() => {
    labels.value = null;
    dropLabelMap();
    state.scores.value = null;
    if (show.value === 'errors') show.value = 'membrane';
  });
  await analyst().call('closeLabels', {});
}

function dropLabelMap(): void {
  const { labelMap } = state;
  dropMaps(labelMap.value === null ? [] : [labelMap.value.map]);
  labelMap.value = null;
}

/** Reads the labels of the section in view for the screen. */
export async function readLabels(signal: AbortSignal): Promise<void> {
  const { labels, labelMap } = state;
  const request = labelsRequest();
  await attempt(signal, async () => {
    const image = await analyst().call('labels', request, { signal });
    if (labels.value === null) return;
    batch(() => {
      dropLabelMap();
      const map = newMap(image);
      setPart(map, { x: 0, y: 0, ...image }, image.data);
      labelMap.value = { z: request.z, map };
    });
  });
}

/** Measures the result of the section in view beside its labels. */
export async function measure(signal: AbortSignal): Promise<void> {
  await attempt(signal, async () => {
    state.scores.value = await analyst().call('scores', labelsRequest(), { signal });
  });
}

/** Says which value of the labels does not count; null: all do. */
export function ignoreLabel(value: number | null): void {
  const { least, most } = IGNORED_LABELS;
  if (value !== null && !(value >= least && value <= most)) {
    const rule = `must be a number from ${least} to ${most}, or empty, where every pixel counts`;
    return showFailure(state.labels.value?.name ?? 'The labels', new InvalidOptionError('ignore', rule, value));
  }
  clearFailure();
  state.ignoredLabel.value = value;
}

function labelsRequest(): LabelsRequest {
  return { z: state.z.value, kind: state.labelKind.value, ignore: state.ignoredLabel.value };
}

/** Finds the cells of the section in view. */
export async function findCells(signal: AbortSignal): Promise<void> {
  const { z, threshold, minSize, cells } = state;
  const request = { z: z.value, threshold: threshold.value, minSize: minSize.value };
  await attempt(signal, async () => {
    const { count, colours } = await analyst().call('cells', request, { signal });
    dropMaps(cells.value === null ? [] : [cells.value.map]);
    const map = newMap(imageSize());
    setPart(map, { x: 0, y: 0, ...imageSize() }, colours);
    cells.value = { z: request.z, map, count };
  });
}

async function attempt(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!signal.aborted) showFailure(state.labels.value?.name ?? state.stack.value?.name ?? 'The result', error);
  }
}
