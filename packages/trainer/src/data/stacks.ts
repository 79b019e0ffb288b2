import { InvalidImageError, InvalidOptionError, type GreyStack } from '@dilated-unet/core';
import {
  ignoredNote,
  interpretCounted,
  labelWarnings,
  requireBothClasses,
  requireContrast,
  requireFinite,
  type CountedLabels,
  type InterpretedLabels,
  type LabelContext,
  type LabelOptions,
  type OpenOptions,
  type StackSelection,
} from '@dilated-unet/stacks';
import { countMaskedLabels, readSizedLabels, readSizedStack, type SizedStack } from '@dilated-unet/stacks/node';
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
}

/** What of a configuration says how stacks are read. */
export interface StacksOptions extends Omit<LabelOptions, 'ignoreMask'>, PixelSizeOptions {
  /** Side of the training windows, pixels. */
  readonly window: number;
  /** Whether where the labels lie is measured, and they are moved back. @default false */
  readonly registerLabels?: boolean;
  /** Is told, in place of an error, that no pixel has the value that is to be ignored: another stack may have it. */
  readonly onLacking?: ((message: string) => void) | undefined;
}

/**
 * Reads a stack and its labels, and checks that they can be trained on.
 *
 * @param paths as `openStack` of stacks takes them.
 * @throws InvalidImageError with the path of the file: it cannot be read or is no stack, a grey value is not finite, a
 *   section is blank in which a pixel counts, the labels have another size or are not of their kind, a section has one class only,
 *   nothing or all of it is ignored that is to be, or the sections are smaller than the window.
 * @throws InvalidOptionError for a width of membranes that is none, or of labels that are no instances; for sections to ignore that
 *   are not there.
 */
export async function loadStacks(
  paths: Pick<StackConfig, 'images' | 'labels' | 'ignoreMask' | 'test' | 'select'>,
  { window, registerLabels = false, onLacking, ...asked }: StacksOptions,
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
    ...(await requireSameSections({ ...images, pixelSize: read.pixelSize }, { ...stored, ...ofLabels }, paths)),
  );
  const rules = { ...asked, ignoreMask: paths.ignoreMask };
  const counted = await countMaskedLabels(stored, rules, { name: paths.labels, onLacking, ...ofLevel });
  requireContrast(images, paths.images, counted.ignored);
  const pixelSize = trainedPixels([read.pixelSize, ofLabels.pixelSize], asked);
  const { labels, note, ...how } = interpreted(counted, asked, { name: paths.labels, images, pixelSize });
  requireBothClasses(labels, paths.labels);
  const test = paths.test === undefined ? null : await readGrey(paths.test, options).catch(ofTest(paths.test));
  const movedBack = registerLabels ? null : 'registerLabels';
  const { labelKind } = how;
  const said = [...(note === null ? [] : [note]), ...ignoredNote(labels, paths.labels)];
  const warnings = [...notes, ...labelWarnings({ images, labels, names: paths, labelKind, movedBack })];
  const stacks = { images, labels, test, ...how, pixelSize: pixels.pixelSize, notes: said, warnings };
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

/** The stack at `path`, whole, whose grey values are finite. @throws as `readSizedStack`, and as `requireFinite` of stacks. */
export async function readGrey(
  path: string,
  options: StackSelection & Pick<OpenOptions, 'onNote'>,
): Promise<SizedStack> {
  const sized = await readSizedStack(path, options);
  requireFinite(sized.stack, path);
  return sized;
}

/** Rethrows what the test stack at `path` lacks of what is read of the images, with its name. */
export const ofTest =
  (path: string) =>
  (error: unknown): never => {
    if (!(error instanceof InvalidOptionError)) throw error;
    const { option, message } = error;
    throw new InvalidImageError(
      `${path}: this stack is segmented after the training, and is read as the images are: \`${option}\`${message.slice(option.length)} ` +
        'Move it out of the folder of the training stacks, and segment it with the trained model.',
      { cause: error },
    );
  };
