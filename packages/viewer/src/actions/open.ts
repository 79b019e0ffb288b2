import type { StackSelection } from '@dilated-unet/stacks';
import { batch } from '@preact/signals';
import type { StackFacts } from '../image/pyramid.ts';
import { placeName, type StackPlace } from '../image/stack-place.ts';
import * as state from '../state.ts';
import { fit } from '../view/camera.ts';
import { reader } from '../workers.ts';
import { Latest } from './latest.ts';
import { linkedSelection } from './link.ts';
import { stopReading } from './paint.ts';
import { mayDropResults } from './results.ts';
import { forgetResults, stop } from './segment.ts';
import { carryOut, clearFailure, note, showFailure, tell } from './tell.ts';
import { closeLabels } from './compare.ts';
import { countGreyValues, paneSize, stopCounting } from './view.ts';

/** Of stacks: the one that was asked for last is opened. */
export const openings = new Latest();

/** What else is known when a stack is opened, as a link says it. */
interface OpenOptions {
  readonly selection?: StackSelection;
  /** Nanometres of a pixel, where the file does not say it, or wrongly. */
  readonly pixelSize?: number | null | undefined;
  /** Section that is shown first, from 0. */
  readonly z?: number;
  /** Whether it came with the page. */
  readonly isBundled?: boolean;
}

/**
 * Opens the stack at `place` in place of the one before, which stays where this one cannot be opened.
 *
 * @returns whether it is open.
 */
export async function openStack(place: StackPlace, options: OpenOptions = {}): Promise<boolean> {
  const name = placeName(place);
  const { selection = linkedSelection(name), pixelSize = null, z = 0, isBundled = false } = options;
  clearFailure();
  const signal = openings.begin();
  tell(`Reading ${name} …`);
  const said: string[] = [];
  let facts: StackFacts;
  try {
    const onEvent = (text: string): void => void said.push(text);
    facts = await reader.call('open', { place, selection }, { signal, onEvent });
  } catch (error) {
    const open = (chosen: StackSelection): void =>
      void openStack(place, { ...options, selection: { ...selection, ...chosen } });
    if (!signal.aborted) showFailure(name, error, open);
    return false;
  }
  if (!mayDropResults(`Open ${name}?`)) {
    tell(`${name} was not opened.`);
    return false;
  }
  stop();
  // The reader drops what it holds of the stack before.
  stopReading();
  stopCounting();
  await reader.call('show', {});
  carryOut(closeLabels());
  const [depth, height, width] = facts.shape;
  batch(() => {
    state.following.value = false;
    state.stack.value = { ...facts, name, place, selection, isBundled };
    state.z.value = Math.min(depth - 1, Math.max(0, z));
    state.camera.value = fit({ width, height }, paneSize());
    state.contrast.value = null;
    state.histogram.value = null;
    state.saidPixelSize.value = pixelSize;
    state.notes.value = [];
    [state.black.value, state.white.value] = [null, null];
    [state.normalise.value, state.invert.value] = ['model', false];
    forgetResults();
  });
  for (const text of said) note(text);
  tell(`${name} is open: ${width} × ${height} pixels, ${depth === 1 ? 'one section' : `${depth} sections`}.`);
  void countGreyValues();
  return true;
}

/** Reads the same stack by another choice of image, channel or time. */
export async function chooseSelection(selection: StackSelection): Promise<void> {
  const { stack, saidPixelSize, z } = state;
  if (stack.value === null) return;
  await openStack(stack.value.place, { selection, pixelSize: saidPixelSize.value, z: z.value });
}
