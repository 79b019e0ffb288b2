import { GreyValuesError, InvalidImageError, type GreyOptions, type PixelSizeDecision } from '@dilated-unet/core';
import type { PrecisionOption } from '@dilated-unet/model-package';
import { batch } from '@preact/signals';
import * as state from '../state.ts';
import type { OfferedModel, OpenStack } from '../state.ts';
import type { DeviceFacts, SegmentEvent, TileEvent } from '../worker/segment-worker.ts';
import { analyst, segmenter } from '../workers.ts';
import { Latest } from './latest.ts';
import { setPart } from './maps.ts';
import { Pace } from './pace.ts';
import { beginResult, dropResults, endResult, mayDropResults, MOST_BYTES } from './results.ts';
import { clearFailure, note, resampledText, showFailure, tell, tellRun } from './tell.ts';

const runs = new Latest();
/** The run before, which ends after its tile. */
let ended: Promise<unknown> = Promise.resolve();
/** What the segmenting worker has. */
let openedStack: OpenStack | undefined;

/** Ends what runs. @returns the signal of what runs next. */
export function stop(): AbortSignal {
  const signal = runs.begin();
  state.progress.value = null;
  state.isBatch.value = false;
  return signal;
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
  if (!hasRoom(1)) return;
  state.following.value = true;
  await run();
}

/** Segments all sections. */
export async function segmentAll(): Promise<void> {
  const { stack } = state;
  if (stack.value === null) return;
  const [depth] = stack.value.shape;
  if (!hasRoom(depth)) return;
  state.following.value = true;
  const all = Array.from({ length: depth }, (_, z) => z);
  await run(all.filter((z) => state.results.value.get(z)?.isWhole !== true));
}

/** Whether the results of so many sections can be kept; if not, the page says so. */
function hasRoom(sections: number): boolean {
  const { stack } = state;
  const [, height, width] = stack.value?.shape ?? [0, 0, 0];
  const bytes = 4 * sections * width * height;
  if (stack.value === null || bytes <= MOST_BYTES) return true;
  const what = sections === 1 ? 'The result of a section takes' : `The results of ${sections} sections take`;
  const way = 'Segment the stack by npx nx run runtime-node:segment, which writes them as they come';
  const text = `${what} ${gigabytes(bytes)}; the page keeps ${gigabytes(MOST_BYTES)}. ${way}.`;
  showFailure(stack.value.name, new InvalidImageError(text));
  return false;
}

/**
 * Drops all results for a change of how they are made, and segments anew where something was segmented.
 *
 * @returns whether the user lets results be dropped; else nothing is changed.
 */
export function segmentAnew(change: () => void): boolean {
  if (!maySegmentAnew()) return false;
  changeResults(change);
  return true;
}

export function maySegmentAnew(): boolean {
  return mayDropResults('Segment anew?');
}

/** `segmentAnew`, of a user who was asked. */
export function changeResults(change: () => void): void {
  batch(change);
  forgetResults();
  if (state.following.value) void run();
}

/**
 * Loads a model before results are dropped for it.
 *
 * @returns whether it can be used; if not, the page says why, and all stays as it was.
 */
export async function canUse(model: OfferedModel): Promise<boolean> {
  const signal = stop();
  clearFailure();
  const loading = ended.then(() => load(model, 'auto', signal));
  ended = loading.catch(() => undefined);
  try {
    await loading;
    return true;
  } catch (error) {
    if (signal.aborted) note(`${model.name} was given up while it loaded. Choose it again to use it.`);
    else {
      state.progress.value = null;
      showFailure(model.name, error);
    }
    return false;
  }
}

/** Ends what runs, and drops all results. */
export function forgetResults(): void {
  stop();
  dropResults();
}

/** @param sections undefined: the one that is in view when the model is loaded. */
async function run(sections?: readonly number[]): Promise<void> {
  const signal = stop();
  clearFailure();
  state.isBatch.value = sections !== undefined;
  const before = ended;
  const current = before.then(() => runSections(sections, signal));
  ended = current.catch(() => undefined);
  await current;
}

async function runSections(asked: readonly number[] | undefined, signal: AbortSignal): Promise<void> {
  const { stack, model } = state;
  if (signal.aborted || stack.value === null) return;
  if (model.value === null) return tell('Choose a model to segment this image.');
  const grey = state.greyOptions.value;
  if (grey === null) return tell('Give both black and white, or neither.');
  const opened = stack.value;
  try {
    await load(model.value, state.precision.value, signal);
    await open(opened, signal);
    const sections = asked ?? [state.z.value];
    const pace = new Pace(opened, sections.length);
    state.progress.value = pace.begin();
    const { rescale } = state.pixelDecision.value;
    const how = rescale === null ? '' : `, ${resampledText(rescale)}`;
    for (const z of sections) {
      if (sections.length > 1) tellRun(`Segmenting section ${z + 1} of ${opened.shape[0]}${how} …`);
      else tellRun(`Segmenting${how} …`);
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

async function load(model: OfferedModel, precision: PrecisionOption, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { held } = state;
  const device = state.device.value;
  const { value } = held;
  if (value?.offered === model && value.device === device && value.precision === precision) return;
  showLoading(`Loading ${model.name} and testing the device …`);
  held.value = null;
  const facts = await segmenter().call('load', { model: model.file, device, precision }, { signal });
  held.value = { offered: model, device, precision, facts };
}

async function open(stack: OpenStack, signal: AbortSignal): Promise<void> {
  if (openedStack === stack) return;
  openedStack = undefined;
  showLoading(`Opening ${stack.name} …`);
  await segmenter().call('open', { place: stack.place, selection: stack.selection }, { signal });
  openedStack = stack;
}

/** Shows that something is being loaded, which can be cancelled. */
function showLoading(text: string): void {
  tellRun(text);
  state.progress.value = { phase: 'loading', share: null, tiles: '', megapixelsPerSecond: null, secondsLeft: null };
}

async function segmentSection(
  z: number,
  how: { readonly grey: GreyOptions; readonly rescale: PixelSizeDecision['rescale'] },
  pace: Pace,
  signal: AbortSignal,
): Promise<void> {
  const { width, height } = pace;
  const map = beginResult(z, width, height);
  const kept: Promise<void>[] = [];
  const onEvent = (event: SegmentEvent): void => {
    if (signal.aborted) return;
    if (event.kind === 'note') return note(event.note);
    if (event.kind === 'gone') return void (state.held.value = null);
    if (event.kind === 'measuring') {
      return tellRun(`Measuring grey values: ${event.done} of ${event.total} …`);
    }
    setPart(map, event, event.levels);
    const keeping = addToAnalyst(z, event, signal);
    // Where the run fails first, nobody waits for it.
    keeping.catch(() => undefined);
    kept.push(keeping);
    batch(() => {
      showDevice(event.device);
      state.progress.value = pace.after(event);
    });
  };
  await segmenter().call('segment', { z, ...how, tile: state.tile.value ?? undefined }, { signal, onEvent });
  await Promise.all(kept);
  pace.endSection();
  endResult(z);
}

function addToAnalyst(
  z: number,
  { x, y, width, height, probabilities }: TileEvent,
  signal: AbortSignal,
): Promise<void> {
  const part = { z, x, y, width, height, probabilities };
  return analyst().call('add', part, { signal, transfer: [probabilities.buffer] });
}

function showDevice(device: DeviceFacts): void {
  const { held } = state;
  if (held.value !== null) held.value = { ...held.value, facts: { ...held.value.facts, ...device } };
}

/** Rounded up: what does not fit never reads as what does. */
function gigabytes(bytes: number): string {
  return `${(Math.ceil((10 * bytes) / 2 ** 30) / 10).toFixed(1)} GiB`;
}
