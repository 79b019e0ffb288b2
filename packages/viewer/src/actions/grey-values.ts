import type { GreyOptions } from '@dilated-unet/core';
import * as state from '../state.ts';
import { segment, segmentAnew } from './segment.ts';

/** Reads grey values in another way; what is left out stays. @returns as `segmentAnew`. */
export function readGreyValues(change: {
  readonly normalise?: 'model' | 'section' | 'stack';
  readonly black?: number | null;
  readonly white?: number | null;
  readonly invert?: boolean;
}): boolean {
  return segmentAnew(() => {
    if (change.normalise !== undefined) state.normalise.value = change.normalise;
    if (change.black !== undefined) state.black.value = change.black;
    if (change.white !== undefined) state.white.value = change.white;
    if (change.invert !== undefined) state.invert.value = change.invert;
  });
}

/** Reads grey values as a refusal said that they fit, and segments. */
export function mend({ normalise = 'model', greyRange, invert = false }: GreyOptions): void {
  if (typeof normalise === 'object') return;
  const [black, white] = greyRange ?? [null, null];
  state.following.value = false;
  if (readGreyValues({ normalise, black, white, invert })) void segment();
}
