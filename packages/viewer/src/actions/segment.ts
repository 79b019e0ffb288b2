import { GreyValuesError, InvalidImageError, type GreyOptions, type PixelSizeDecision } from '@dilated-unet/core';
import { batch } from '@preact/signals';
import * as state from '../state.ts';
import type { OfferedModel, OpenStack, SectionResult } from '../state.ts';
import type { DeviceFacts, SegmentEvent, TileEvent } from '../worker/segment-worker.ts';
import { analyst, segmenter } from '../workers.ts';
import { dropMaps, newMap, setPart } from './maps.ts';
import { Pace } from './pace.ts';
import { carryOut, clearFailure, note, resampledText, showFailure, tell } from './tell.ts';

/** Memory for the probabilities of sections that are kept, bytes. */
const MOST_BYTES = 2 ** 30;

let control = new AbortController();
/** The run before, which ends after its tile. */
let ended: Promise<unknown> = Promise.resolve();
/** What the segmenting worker has. */
let loadedModel: { readonly model: OfferedModel; readonly device: string; readonly precision: string } | undefined;
let openedStack: OpenStack | undefined;

/** Ends what runs. */
export function stop(): void {
  control.abort();
  control = new AbortController();
  state.progress.value = null;
  state.isBatch.value = false;
}

/** Ends what runs, and says so. Sections that come into view are not segmented any more. */
export function cancel(): void {
  if (state.progress.value === null) return;
  stop();
  state.following.value = false;
  tell('Stopped. What is finished stays.');
}

/** Segments the section in view, and from now on each that comes into view. */
export async function segment(): Promise<void> {
  state.following.value = true;
  await run([state.z.value]);
}

/** Segments all sections. */
export async function segmentAll(): Promise<void> {
  const { stack } = state;
  if (stack.value === null) return;
  const [depth, height, width] = stack.value.shape;
  const most = Math.floor(MOST_BYTES / (4 * width * height));
  if (depth > most) {
    const what = `The results of ${depth} sections take ${gigabytes(4 * depth * width * height)}`;
    const way = 'Segment the stack by npx nx run runtime-node:segment, which writes them as they come';
    return showFailure(stack.value.name, new Error(`${what}; the page keeps ${gigabytes(MOST_BYTES)}. ${way}.`));
  }
  state.following.value = true;
  const all = Array.from({ length: depth }, (_, z) => z);
  await run(all.filter((z) => state.results.value.get(z)?.isWhole !== true));
}

/** Segments anew where something was segmented, after a change of how. */
export function segmentAnew(): void {
  forgetResults();
  if (state.following.value) void run([state.z.value]);
}

/** Drops all results. */
export function forgetResults(): void {
  stop();
  const { stack } = state;
  dropMaps([...state.results.value.values()].map(({ map }) => map));
  dropMaps(state.cells.value === null ? [] : [state.cells.value.map]);
  batch(() => {
    state.results.value = new Map();
    state.cells.value = null;
    state.scores.value = null;
    state.unsaved.value = 0;
    state.lastRun.value = null;
  });
  if (stack.value === null) return;
  const [, height, width] = stack.value.shape;
  carryOut(analyst().call('begin', { width, height }));
}

async function run(sections: readonly number[]): Promise<void> {
  stop();
  clearFailure();
  const { signal } = control;
  state.isBatch.value = sections.length > 1;
  const before = ended;
  const current = before.then(() => runSections(sections, signal));
  ended = current.catch(() => undefined);
  await current;
}

async function runSections(sections: readonly number[], signal: AbortSignal): Promise<void> {
  const { stack, model } = state;
  if (signal.aborted || stack.value === null) return;
  if (model.value === null) return tell('Choose a model to segment this image.');
  const grey = state.greyOptions.value;
  if (grey === null) return tell('Give both black and white, or neither.');
  const opened = stack.value;
  try {
    await load(model.value, signal);
    await open(opened, signal);
    const pace = new Pace(opened, sections.length);
    const { rescale } = state.pixelDecision.value;
    const how = rescale === null ? '' : `, ${resampledText(rescale)}`;
    for (const z of sections) {
      if (sections.length > 1) tell(`Segmenting section ${z + 1} of ${opened.shape[0]}${how} …`);
      else tell(`Segmenting${how} …`);
      await segmentSection(z, { grey, rescale }, pace, signal);
    }
    batch(() => {
      state.lastRun.value = pace.end();
      state.progress.value = null;
      state.isBatch.value = false;
      tell('Done');
    });
  } catch (error) {
    if (signal.aborted) return;
    state.progress.value = null;
    state.isBatch.value = false;
    showFailure(
      error instanceof GreyValuesError || error instanceof InvalidImageError ? opened.name : model.value.name,
      error,
    );
  }
}

async function load(model: OfferedModel, signal: AbortSignal): Promise<void> {
  const [device, precision] = [state.device.value, state.precision.value];
  const isLoaded = loadedModel?.model === model && loadedModel.device === device && loadedModel.precision === precision;
  if (isLoaded) return;
  tell(`Loading ${model.name} and testing the device …`);
  state.progress.value = { phase: 'loading', share: null, tiles: '', megapixelsPerSecond: null, secondsLeft: null };
  loadedModel = undefined;
  state.loaded.value = null;
  const facts = await segmenter().call('load', { model: model.file, device, precision }, { signal });
  loadedModel = { model, device, precision };
  state.loaded.value = facts;
}

async function open(stack: OpenStack, signal: AbortSignal): Promise<void> {
  if (openedStack === stack) return;
  openedStack = undefined;
  await segmenter().call('open', { place: stack.place, selection: stack.selection }, { signal });
  openedStack = stack;
}

async function segmentSection(
  z: number,
  how: { readonly grey: GreyOptions; readonly rescale: PixelSizeDecision['rescale'] },
  pace: Pace,
  signal: AbortSignal,
): Promise<void> {
  const { width, height } = pace;
  makeRoom(z, 4 * width * height);
  dropMaps([...state.results.value].flatMap(([other, { map }]) => (other === z ? [map] : [])));
  const map = newMap({ width, height });
  const keep = (isWhole: boolean): void => {
    const others = [...state.results.value].filter(([other]) => other !== z);
    state.results.value = new Map<number, SectionResult>([...others, [z, { map, isWhole }]]);
  };
  keep(false);
  const onEvent = (event: SegmentEvent): void => {
    if (signal.aborted) return;
    if (event.kind === 'note') return note(event.note);
    if (event.kind === 'measuring') {
      return tell(`Measuring grey values: ${event.done} of ${event.total} …`);
    }
    setPart(map, event, event.levels);
    addToAnalyst(z, event);
    batch(() => {
      showDevice(event.device);
      state.progress.value = pace.after(event);
    });
  };
  state.progress.value ??= pace.begin();
  await segmenter().call('segment', { z, ...how, tile: state.tile.value ?? undefined }, { signal, onEvent });
  pace.endSection();
  batch(() => {
    keep(true);
    state.unsaved.value++;
  });
}

function addToAnalyst(z: number, { x, y, width, height, probabilities }: TileEvent): void {
  const part = { z, x, y, width, height, probabilities };
  carryOut(analyst().call('add', part, { transfer: [probabilities.buffer] }));
}

function showDevice(device: DeviceFacts): void {
  const { loaded } = state;
  if (loaded.value !== null) loaded.value = { ...loaded.value, ...device };
}

/** Drops the oldest results where there is no room for another. */
function makeRoom(z: number, bytes: number): void {
  const { results } = state;
  const others = [...results.value.keys()].filter((other) => other !== z);
  const dropped = others.slice(0, Math.max(0, others.length + 1 - Math.max(1, Math.floor(MOST_BYTES / bytes))));
  if (dropped.length === 0) return;
  for (const old of dropped) carryOut(analyst().call('drop', { z: old }));
  dropMaps(dropped.flatMap((old) => results.value.get(old)?.map ?? []));
  results.value = new Map([...results.value].filter(([old]) => !dropped.includes(old)));
  note(
    `There was no room for more results: those of section ${dropped.map((old) => old + 1).join(', ')} were dropped.`,
  );
}

function gigabytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
