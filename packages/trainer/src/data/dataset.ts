import {
  InvalidOptionError,
  sections,
  stackNormalisation,
  type GreyStack,
  type Normalisation,
} from '@dilated-unet/core';
import type { TrainConfig } from '../config.ts';
import { phantom } from './phantom.ts';
import { loadStacks, type Stacks } from './stacks.ts';

/** Sections with their labels. */
export interface LabelledStack {
  /** Raw grey values. */
  readonly images: GreyStack;
  /** 1 interior, 0 membrane. */
  readonly labels: GreyStack<Uint8Array>;
}

/** The data of a run. */
export interface Dataset {
  readonly train: LabelledStack;
  /** The sections that are evaluated and never trained on; null when nothing is held out. */
  readonly heldOut: LabelledStack | null;
  /** A stack without labels; null where there is none. */
  readonly test: GreyStack | null;
  /** Of the training sections alone. */
  readonly normalisation: Normalisation;
}

export interface LoadDatasetOptions {
  /** Width and height of the training windows, pixels: sections must not be smaller. */
  readonly window?: number;
  /** Called after each section of the phantom. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Reads or generates the data, and holds out the last `holdOut` sections: a block, since neighbouring sections look
 * alike and would tell on each other.
 *
 * @throws InvalidOptionError when no section would be left to train on, or the window does not fit into the phantom.
 * @throws InvalidImageError as `loadStacks` does.
 */
export async function loadDataset(
  data: TrainConfig['data'],
  holdOut: number,
  { window = 1, onProgress }: LoadDatasetOptions = {},
): Promise<Dataset> {
  if (data.kind === 'phantom') {
    requireTraining(data.sections, holdOut);
    if (window > data.size) {
      throw new InvalidOptionError('--window', `must be at most ${data.size}, the side of a phantom's section`, window);
    }
    const { images, labels } = phantom({ ...data, ...(onProgress && { onProgress }) });
    return split({ images, labels: binary(labels), test: null }, holdOut);
  }
  const stacks = await loadStacks(data, { window });
  requireTraining(stacks.images.depth, holdOut);
  return split(stacks, holdOut);
}

function split({ images, labels, test }: Stacks, holdOut: number): Dataset {
  const { depth } = images;
  const block = (from: number, to: number): LabelledStack => ({
    images: sections(images, from, to),
    labels: sections(labels, from, to),
  });
  const train = block(0, depth - holdOut);
  return {
    train,
    heldOut: holdOut === 0 ? null : block(depth - holdOut, depth),
    test,
    normalisation: stackNormalisation(train.images),
  };
}

function binary(labels: GreyStack<Uint8Array>): GreyStack<Uint8Array> {
  return { ...labels, data: labels.data.map((value) => Math.min(value, 1)) };
}

function requireTraining(depth: number, holdOut: number): void {
  if (!(Number.isInteger(holdOut) && holdOut >= 0 && holdOut < depth)) {
    throw new InvalidOptionError(
      '--hold-out',
      `must be an integer from 0 to ${depth - 1}: at least one of the ${depth} sections is trained on`,
      holdOut,
    );
  }
}
