import { InvalidImageError, type GreyStack } from '@dilated-unet/core';
import {
  ignoredNote,
  labelWarnings,
  requireBothClasses,
  requireContrast,
  requireFinite,
  type IgnoreRules,
  type LabelKind,
  type OpenOptions,
  type StackSelection,
} from '@dilated-unet/stacks';
import { readPartialLabels, readStack } from '@dilated-unet/stacks/node';
import type { TrainConfig } from '../config.ts';

/** Sections with their labels. */
export interface LabelledStack {
  /** Raw grey values as they are stored. */
  readonly images: GreyStack;
  /** 1 interior, 0 membrane, `IGNORED` of stacks where they do not count; of the same size and depth as the images. */
  readonly labels: GreyStack<Uint8Array>;
}

export interface Stacks extends LabelledStack {
  /** Raw grey values of the stack without labels; null where none was named. */
  readonly test: GreyStack | null;
  /** What a reader of the files decided, and what looks wrong and may be right: see `labelWarnings` of stacks. */
  readonly warnings: readonly string[];
}

/** What of a configuration says how stacks are read. */
export interface StacksOptions extends Pick<IgnoreRules, 'ignore' | 'ignoreSections'> {
  /** Side of the training windows, pixels. */
  readonly window: number;
  /** What the labels' other value than 0 stands for. */
  readonly labelKind: LabelKind;
}

/**
 * Reads a stack and its labels, and checks that they can be trained on.
 *
 * @param paths as `openStack` of stacks takes them.
 * @throws InvalidImageError with the path of the file: it cannot be read or is no stack, a grey value is not finite, a
 *   section is blank, the labels have another size or not two values, a section has one class only, nothing or all of it is
 *   ignored that is to be, or the sections are smaller than the window. InvalidOptionError as `partialLabels` of stacks.
 */
export async function loadStacks(
  paths: Omit<Extract<TrainConfig['data'], { kind: 'stacks' }>, 'kind'>,
  { window, labelKind, ignore, ignoreSections }: StacksOptions,
): Promise<Stacks> {
  const notes: string[] = [];
  const onNote = (note: string): void => void notes.push(note);
  const options = { ...paths.select, onNote };
  const images = await readGrey(paths.images, options);
  if (Math.min(images.width, images.height) < window) {
    throw new InvalidImageError(
      `${paths.images}: the sections are ${images.width} x ${images.height} pixels, smaller than the training window ` +
        `of ${window} x ${window}. Choose a smaller \`window\`, or use larger sections.`,
    );
  }
  requireContrast(images, paths.images);
  const stored = await readStack(paths.labels, { labels: true, onNote });
  if (stored.width !== images.width || stored.height !== images.height || stored.depth !== images.depth) {
    throw new InvalidImageError(
      `${paths.labels}: labels of another size than images: ${size(stored)}, but ${paths.images} is ${size(images)}. ` +
        'Each section needs a label image of its own size.',
    );
  }
  const rules = { ignore, ignoreSections, ignoreMask: paths.ignoreMask };
  const labels = await readPartialLabels(stored, paths.labels, labelKind, rules);
  requireBothClasses(labels, paths.labels);
  const test = paths.test === undefined ? null : await readGrey(paths.test, options);
  const warnings = [
    ...notes,
    ...ignoredNote(labels, paths.labels),
    ...labelWarnings({ images, labels, names: paths, labelKind }),
  ];
  return { images, labels, test, warnings };
}

async function readGrey(path: string, options: StackSelection & Pick<OpenOptions, 'onNote'>): Promise<GreyStack> {
  const stack = await readStack(path, options);
  requireFinite(stack, path);
  return stack;
}

function size({ width, height, depth }: GreyStack): string {
  return `${depth} section${depth === 1 ? '' : 's'} of ${width} x ${height}`;
}
