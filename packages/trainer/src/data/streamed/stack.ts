import type { Normalisation } from '@dilated-unet/core';
import type { CountedTable } from '../counted-rows.ts';
import type { LabelledStack } from '../stacks.ts';
import type { StreamedFiles } from './sections.ts';

/** A stack that stays in its files. */
export interface StreamedStack {
  readonly files: StreamedFiles;
  /** Null where what is in memory is the whole stack, which windows are read of all the same. */
  readonly measured: MeasuredStack | null;
}

/** What is known of a stack of which only parts are in memory: as its sections, each is one part. */
export interface MeasuredStack {
  /** Sections of the stack, their rows and columns at the pixels of the training. */
  readonly shape: readonly [z: number, y: number, x: number];
  /** The sections that are trained on: those with labels that are not held out; none of a stack that is held out as a whole. */
  readonly places: readonly number[];
  /** Of each part: the section that it is of. */
  readonly partPlaces: readonly number[];
  /** See `StreamedSections`. */
  readonly positions: CountedTable | null;
  /** As there; null too of a stack that is held out as a whole, which is normalised when it is scored. */
  readonly normalisations: readonly Normalisation[] | null;
  /** The sections that are held out, whole; null where none is. */
  readonly heldOut: LabelledStack | null;
}
