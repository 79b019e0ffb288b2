import { EnvironmentError } from '@dilated-unet/core';
import { effect } from '@preact/signals';
import * as state from '../state.ts';
import type { Failure } from '../state.ts';
import type { PaintEvent, PostedFrame } from '../worker/paint-worker.ts';
import { painter, reader } from '../workers.ts';
import { carryOut, clearFailure, showFailure } from './tell.ts';
import { imageSize, minimapPane } from './view.ts';

/** Milliseconds in which browsers give a lost graphics card back, where they do. */
const GIVEN_BACK = 3000;

/** Tiles that are read for the painter. */
const reading = new Map<number, AbortController>();

/** Lets the painter draw on `canvas` what the state says. @returns what ends it. */
export function startPainting(canvas: HTMLCanvasElement): () => void {
  let lost: ReturnType<typeof setTimeout> | undefined;
  let said: Failure | null = null;
  const onEvent = (event: PaintEvent): void => {
    switch (event.kind) {
      case 'read':
        return void read(event);
      case 'abandon':
        reading.get(event.id)?.abort();
        reading.delete(event.id);
        return;
      case 'lost':
        lost = setTimeout(() => (said = sayLost()), GIVEN_BACK);
        return;
      case 'restored':
        clearTimeout(lost);
        if (said !== null && state.failure.value === said) clearFailure();
    }
  };
  const offscreen = canvas.transferControlToOffscreen();
  painter.call('begin', { canvas: offscreen }, { onEvent, transfer: [offscreen] }).catch((error: unknown) => {
    showFailure('The image', error);
  });
  const ends = [
    effect(() => {
      const stack = state.stack.value;
      carryOut(painter.call('open', stack && { levels: stack.levels, dtype: stack.dtype }));
    }),
    effect(() => {
      if (state.stack.value !== null) carryOut(painter.call('show', frame()));
    }),
  ];
  return () => {
    clearTimeout(lost);
    for (const end of ends) end();
  };
}

/** @returns what the page then shows. */
function sayLost(): Failure | null {
  const text = 'The graphics card was lost, and nothing is drawn. Save your results, and reload the page.';
  showFailure('The image', new EnvironmentError(text));
  return state.failure.value;
}

/** Gives up the tiles that are read. */
export function stopReading(): void {
  for (const control of reading.values()) control.abort();
}

/** Reads a tile for the painter. */
async function read({ id, z, tile: { level, column, row } }: PaintEvent & { readonly kind: 'read' }): Promise<void> {
  const control = new AbortController();
  reading.set(id, control);
  try {
    const tile = await reader.call('tile', { z, level, column, row }, control);
    carryOut(painter.call('tile', { id, tile }, { transfer: [tile.data.buffer as ArrayBuffer] }));
  } catch (error) {
    if (control.signal.aborted) return;
    carryOut(painter.call('tile', { id, tile: null }));
    showFailure(state.stack.value?.name ?? 'The image', error);
  } finally {
    reading.delete(id);
  }
}

function frame(): PostedFrame {
  const { z, camera, shownContrast, layout, swipe, show, threshold, opacity, result, cells, labelMap } = state;
  const isHere = <T extends { readonly z: number }>(of: T | null): T | null => (of?.z === z.value ? of : null);
  return {
    z: z.value,
    camera: camera.value,
    image: imageSize(),
    contrast: shownContrast.value,
    layout: layout.value,
    swipe: swipe.value,
    show: state.hidesResult.value ? 'nothing' : show.value,
    threshold: threshold.value,
    opacity: opacity.value,
    probability: result.value?.map ?? null,
    cells: isHere(cells.value)?.map ?? null,
    labels: isHere(labelMap.value)?.map ?? null,
    minimap: minimapPane.value,
    stage: state.stage.value,
    density: devicePixelRatio,
  };
}
