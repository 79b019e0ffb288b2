import { computed } from '@preact/signals';
import * as state from '../state.ts';
import { fit, panned, visible, zoomed, type Size } from '../view/camera.ts';
import { panesOf, type Pane } from '../view/scene.ts';
import { analyst, reader } from '../workers.ts';
import { Latest } from './latest.ts';
import { showFailure } from './tell.ts';

/** Size of the section in view, pixels. */
export function imageSize(): Size {
  const [, height, width] = state.stack.value?.shape ?? [1, 1, 1];
  return { width, height };
}

/** Size of what shows a section: the stage, or a half of it. */
export function paneSize(): Size {
  return panesOf({ layout: state.layout.value }, state.stage.value)[0];
}

/** Moves the view by CSS pixels. */
export function pan(right: number, down: number): void {
  state.camera.value = panned(state.camera.value, right, down, imageSize());
}

/** @param at CSS pixels from the middle of the pane. */
export function zoomBy(factor: number, at: { readonly x: number; readonly y: number } = { x: 0, y: 0 }): void {
  state.camera.value = zoomed(state.camera.value, factor, at, imageSize(), paneSize());
}

export function zoomTo(zoom: number): void {
  zoomBy(zoom / state.camera.value.zoom);
}

export function showWhole(): void {
  state.camera.value = fit(imageSize(), paneSize());
}

/** Does what changes the size of the pane; a section that was shown whole is so afterwards. */
export function resizing(change: () => void): void {
  const before = fit(imageSize(), paneSize());
  const { x, y, zoom } = state.camera.value;
  change();
  if (x === before.x && y === before.y && zoom === before.zoom) showWhole();
}

export function chooseLayout(layout: typeof state.layout.value): void {
  resizing(() => (state.layout.value = layout));
}

/** Moves the view to a pixel of the section, or the nearest that there is, and a zoom, as near as there is. */
export function lookAt(x: number, y: number, zoom = state.camera.value.zoom): void {
  state.camera.value = zoomed({ x, y, zoom }, 1, { x: 0, y: 0 }, imageSize(), paneSize());
}

/** Shows section `z`, from 0, or the nearest that there is. */
export function goToSection(z: number): void {
  const depth = state.stack.value?.shape[0] ?? 1;
  state.z.value = Math.min(depth - 1, Math.max(0, Math.round(z)));
}

/** CSS pixels of the longer side of the small section, and between it and the border of the stage. */
const [MAP_SIDE, MAP_INSET] = [150, 12];
/** Width of the stage from which on there is room. */
const MAP_ROOM = 480;

/** Where the whole section is shown small: while only a part of it is in view, and there is room. */
export const minimapPane = computed<Pane | null>(() => {
  if (state.stack.value === null || state.stage.value.width < MAP_ROOM) return null;
  const image = imageSize();
  const part = visible(state.camera.value, paneSize());
  const isWhole =
    part.x <= 0 && part.y <= 0 && part.x + part.width >= image.width && part.y + part.height >= image.height;
  if (isWhole) return null;
  const scale = MAP_SIDE / Math.max(image.width, image.height);
  const [width, height] = [Math.max(8, image.width * scale), Math.max(8, image.height * scale)];
  return { x: paneSize().width - width - MAP_INSET, y: MAP_INSET, width, height };
});

/** Reads what is under the pointer. */
export async function readPointed(signal: AbortSignal): Promise<void> {
  const { pointed, pointedValues, result } = state;
  const [at, z] = [pointed.value, state.z.value];
  if (at === null || state.stack.value === null) return;
  const pixel = { z, ...at };
  try {
    const grey = await reader.call('value', pixel, { signal });
    const interior = result.value?.isWhole === true ? await analyst().call('value', pixel, { signal }) : null;
    if (!signal.aborted) pointedValues.value = { at, grey, interior };
  } catch {
    // The tiles say what cannot be read.
  }
}

const countings = new Latest();

/** Gives up what is counted. */
export function stopCounting(): void {
  countings.begin();
}

/** Counts the grey values of the section in view. */
export async function countGreyValues(): Promise<void> {
  const signal = countings.begin();
  const { stack, z, histogram } = state;
  if (stack.value === null) return;
  try {
    const counted = await reader.call('histogram', { z: z.value }, { signal });
    if (!signal.aborted) histogram.value = counted;
  } catch (error) {
    if (!signal.aborted) showFailure(stack.value.name, error);
  }
}

/** Takes black and white so that half a percent of the pixels is clipped at either end. */
export function stretchContrast(): void {
  const [black, white] = state.histogram.value?.stretched ?? [0, 255];
  if (white > black) state.contrast.value = [black, white];
}
