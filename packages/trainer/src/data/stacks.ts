import type { GreyStack } from '@dilated-unet/core';
import {
  ignoredNote,
  interpretCounted,
  labelFindings,
  requireBothClasses,
  requireContrast,
  type CountedLabels,
  type InterpretedLabels,
  type LabelContext,
  type LabelOptions,
} from '@dilated-unet/stacks';
import { countMaskedLabels, readSizedLabels, type SizedStack } from '@dilated-unet/stacks/node';
import type { StackConfig } from '../config/stacks.ts';
import {
  atTrainingPixels,
  trainedPixels,
  trainingPixels,
  type PixelSizeOptions,
  type TrainingPixels,
} from './pixel-size.ts';
import { requireSameSections, requireWindowFits, withUnlabelled } from './stack-checks.ts';
import type { StreamedStack } from './streamed/stack.ts';
import { readGrey, readTest } from './test-stack.ts';

/** Sections with their labels. */
export interface LabelledStack {
  /** Raw grey values as they are stored, or resampled to the pixels of the training. */
  readonly images: GreyStack;
  /** 1 interior, 0 membrane, `IGNORED` of stacks where they do not count; of the same size and depth as the images. */
  readonly labels: GreyStack<Uint8Array>;
}

export interface Stacks
  extends
    LabelledStack,
    Pick<InterpretedLabels, 'labelKind' | 'boundaryWidth' | 'reading'>,
    Pick<TrainingPixels, 'pixelSize'> {
  /** Set where windows are not cut from these sections: they stay in files. */
  readonly streamed?: StreamedStack | undefined;
  /** The stack without labels as its file has it; null where none was named. */
  readonly test: SizedStack | null;
  /** How the labels were read, where that was decided by what they are, and how much of them counts. */
  readonly notes: readonly string[];
  /** What a reader of the files decided, and what looks wrong and may be right: see `labelWarnings` of stacks. */
  readonly warnings: readonly string[];
  /** Of `warnings` the one that says what labels are that do not lie on these images: see `labelFindings` of stacks. */
  readonly elsewhere: string | null;
}

/** What of a configuration says how stacks are read. */
export interface StacksOptions extends Omit<LabelOptions, 'ignoreMask'>, PixelSizeOptions {
  /** Side of the training windows, pixels. */
  readonly window: number;
  /** Whether where the labels lie is measured, and they are moved back. @default false */
  readonly registerLabels?: boolean;
  /** Bytes that a stack without labels takes at most. @default `MEMORY_LIMITS.bytes` */
  readonly testBytes?: number | undefined;
  /** Is told, in place of an error, that no pixel has the value that is to be ignored: another stack may have it. */
  readonly onLacking?: ((message: string) => void) | undefined;
}

/**
 * Reads a stack and its labels, and checks that they can be trained on.
 *
 * @param paths as `openStack` of stacks takes them.
 * @throws InvalidImageError with the path of the file: it cannot be read or is no stack, a grey value is not finite, a
 *   section is blank in which a pixel counts, the labels have another size or are not of their kind, a section has one class only,
 *   nothing or all of it is ignored that is to be, the sections are smaller than the window, or the stack without labels is too
 *   large for memory.
 * @throws InvalidOptionError for a width of membranes that is none, or of labels that are no instances; for sections to ignore that
 *   are not there.
 */
export async function loadStacks(
  paths: Pick<StackConfig, 'images' | 'labels' | 'ignoreMask' | 'test' | 'select'>,
  { window, registerLabels = false, testBytes, onLacking, ...asked }: StacksOptions,
): Promise<Stacks> {
  const notes: string[] = [];
  const onNote = (note: string): void => void notes.push(note);
  const options = { ...paths.select, onNote };
  const read = await readGrey(paths.images, options);
  const images = read.stack;
  const pixels = trainingPixels(read, asked, paths.images);
  requireWindowFits(pixels.size, window, paths.images);
  const ofLevel = { level: paths.select?.level, onNote };
  const { stack: stored, ...ofLabels } = await readSizedLabels(paths.labels, ofLevel);
  notes.push(
    ...(await requireSameSections({ ...images, pixelSize: read.pixelSize }, { ...stored, ...ofLabels }, paths, asked)),
  );
  const rules = { ...asked, ignoreMask: paths.ignoreMask };
  const counted = await countMaskedLabels(stored, rules, { name: paths.labels, onLacking, ...ofLevel });
  requireContrast(images, paths.images, counted.ignored);
  const pixelSize = trainedPixels([read.pixelSize, ofLabels.pixelSize], asked);
  const { labels, note, ...how } = interpreted(counted, asked, { name: paths.labels, images, pixelSize });
  requireBothClasses(labels, paths.labels);
  const test = paths.test === undefined ? null : await readTest(paths.test, options, testBytes);
  const said = [...(note === null ? [] : [note]), ...ignoredNote(labels, paths.labels)];
  const { warnings, elsewhere } = labelFindings({
    ...{ images, labels, names: paths, labelKind: how.labelKind },
    ...{ movedBack: 'registerLabels', isMovedBack: registerLabels },
  });
  const about = { notes: said, warnings: [...notes, ...warnings], elsewhere };
  const stacks = { images, labels, test, ...how, pixelSize: pixels.pixelSize, ...about };
  return atTrainingPixels(stacks, pixels, paths.labels);
}

/** `interpretCounted`, with a word on sections that may have no labels where every pixel counts and none can be told. */
function interpreted(
  counted: CountedLabels,
  kind: Pick<LabelOptions, 'labelKind' | 'boundaryWidth'>,
  context: Omit<LabelContext, 'onLacking'>,
): InterpretedLabels {
  try {
    return interpretCounted(counted, kind, context);
  } catch (error) {
    const isAsked = counted.ignored !== null || (kind.labelKind ?? 'auto') !== 'auto';
    throw isAsked ? error : withUnlabelled(error, counted.stored);
  }
}
