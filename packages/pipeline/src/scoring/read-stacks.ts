import { InvalidImageError, type GreyData, type GreyStack } from '@dilated-unet/core';
import {
  labelWarnings,
  type NamedLabels,
  requireBothClasses,
  requireContrast,
  requireFinite,
  type IgnoreRules,
  type LabelKind,
  type StackSelection,
} from '@dilated-unet/stacks';
import { readPartialLabels, readStack } from '@dilated-unet/stacks/node';

/** Labels and a prediction that can be compared. */
export interface ComparedStacks {
  /** 1 interior, 0 membrane, `IGNORED` where they do not count; axes z, y, x. In shared memory, for the threads that score sections. */
  readonly labels: GreyStack<Uint8Array<SharedArrayBuffer>>;
  /** Probability of cell interior, 0 ... 1; of the same size. In shared memory. */
  readonly probabilities: GreyStack<Float32Array<SharedArrayBuffer>>;
  /** How the values of the prediction were read, or what made it, for the user. */
  readonly rule: string;
}

/** How the values of labels are read. */
export interface LabelReading extends IgnoreRules<string> {
  /** What the other value than 0 stands for. @default interior */
  readonly labelKind?: LabelKind | undefined;
}

/**
 * Reads the labels and the prediction of a stack, each as `openStack` of stacks takes it.
 *
 * Labels have two values, see `binaryLabels` of stacks. A prediction is a mask (0 and 1, or 0 and the largest value of 8 bit
 * or of its own type) or probabilities of interior: float32 in 0 ... 1, or 8 or 16 bit, divided by the largest value of the type.
 *
 * @param reading with the mask as a path.
 * @throws InvalidImageError with the path: a file cannot be read, the sizes differ, the labels have not two values or a
 *   section of one class, or the prediction has values that are no probabilities; and as `partialLabels` of stacks.
 */
export async function readStacks(
  paths: { readonly labels: string; readonly prediction: string; readonly select?: StackSelection | undefined },
  reading: LabelReading = {},
): Promise<ComparedStacks> {
  const beside = { what: 'prediction', path: paths.prediction, select: paths.select };
  const { labels: binary, stack: prediction } = await readBesideLabels(paths.labels, beside, reading);
  requireBothClasses(binary, paths.labels);
  const labels = sharedLabels(binary);
  const { rule, unit } = scaleOf(prediction, paths.prediction);
  const probabilities = sharedProbabilities(labels);
  for (let i = 0; i < prediction.data.length; i++) probabilities.data[i] = (prediction.data[i] as number) / unit;
  return { labels, probabilities, rule };
}

/** Images with their labels, checked. */
export interface LabelledImages {
  /** Raw grey values; axes z, y, x. */
  readonly images: GreyStack;
  readonly labels: ComparedStacks['labels'];
  /** What looks wrong and may be right: see `labelWarnings` of stacks. */
  readonly warnings: readonly string[];
}

/**
 * Reads images and their labels, each as `openStack` of stacks takes it.
 *
 * @param reading with the mask as a path.
 * @throws InvalidImageError with the path: a file cannot be read, the sizes differ, the labels have not two values or a
 *   section of one class, or the images a value that is not finite or a section that is blank; and as `partialLabels` of stacks.
 */
export async function readLabelledImages(
  paths: { readonly labels: string; readonly images: string; readonly select?: StackSelection | undefined },
  reading: LabelReading = {},
  { isNegative = false }: Pick<NamedLabels, 'isNegative'> = {},
): Promise<LabelledImages> {
  const beside = { what: 'stack of images', path: paths.images, select: paths.select };
  const { labels, stack: images } = await readBesideLabels(paths.labels, beside, reading);
  requireFinite(images, paths.images);
  requireContrast(images, paths.images);
  requireBothClasses(labels, paths.labels);
  const { labelKind = 'interior' } = reading;
  const warnings = labelWarnings({ images, labels, names: paths, labelKind, isNegative });
  return { images, labels: sharedLabels(labels), warnings };
}

/**
 * Reads labels, and a stack that must have their size.
 *
 * @param beside where the stack is, and what messages call it.
 * @returns labels 1 interior, 0 membrane, `IGNORED` where they do not count; the stack as it is.
 * @throws InvalidImageError with the path: a file cannot be read, the sizes differ, or the labels have not two values; and as
 *   `partialLabels` of stacks.
 */
export async function readBesideLabels(
  labelsPath: string,
  beside: { readonly what: string; readonly path: string; readonly select?: StackSelection | undefined },
  { labelKind = 'interior', ...rules }: LabelReading,
): Promise<{ readonly labels: GreyStack<Uint8Array>; readonly stack: GreyStack }> {
  const labels = await readStack(labelsPath, { labels: true });
  const stack = await readStack(beside.path, beside.select);
  if (size(labels) !== size(stack)) {
    throw new InvalidImageError(
      `The ${beside.what} must have the size of the labels: ${beside.path} has ${size(stack)}, ` +
        `${labelsPath} has ${size(labels)}. Name the files that belong together.`,
    );
  }
  return { labels: await readPartialLabels(labels, labelsPath, labelKind, rules), stack };
}

/** Room for a probability per pixel of `stack`, zeros, in shared memory. */
export function sharedProbabilities({ width, height, depth }: GreyStack): ComparedStacks['probabilities'] {
  return { width, height, depth, data: new Float32Array(new SharedArrayBuffer(4 * width * height * depth)) };
}

function size({ width, height, depth }: GreyStack): string {
  return `${depth} section${depth === 1 ? '' : 's'} of ${width} x ${height} pixels`;
}

interface Scale {
  readonly rule: string;
  /** Grey value of probability 1. */
  readonly unit: number;
}

/** How the grey values of a prediction are probabilities. */
export function scaleOf({ data, width, height }: GreyStack, path: string): Scale {
  if (data instanceof Float32Array) {
    const bad = data.findIndex((value) => !(value >= 0 && value <= 1));
    if (bad >= 0) {
      const section = Math.floor(bad / (width * height)) + 1;
      throw new InvalidImageError(
        `${path}: section ${section} of a float32 prediction must have probabilities in 0 ... 1; found ${data[bad]}. ` +
          'Divide by the largest value, or save 8-bit values.',
      );
    }
    return { rule: 'float32: probabilities as they are', unit: 1 };
  }
  const [bits, full] = data instanceof Uint8Array ? [8, 255] : [16, 65535];
  const most = largest(data);
  const masks = [1, 255, full];
  if (masks.includes(most) && onlyZeroAnd(data, most)) {
    return { rule: `${bits}-bit mask: ${most} is interior`, unit: most };
  }
  if (bits === 16 && most <= 255) {
    throw new InvalidImageError(
      `${path}: a 16-bit prediction must have probabilities in 0 ... 65535; its largest value is ${most}, as of an ` +
        '8-bit image. Save it with 8 bits, or scale it.',
    );
  }
  return { rule: `${bits} bit: probabilities, divided by ${full}`, unit: full };
}

function largest(data: GreyData): number {
  let most = 0;
  for (let i = 0; i < data.length; i++) most = Math.max(most, data[i] as number);
  return most;
}

function onlyZeroAnd(data: GreyData, other: number): boolean {
  for (let i = 0; i < data.length; i++) {
    const value = data[i] as number;
    if (value !== 0 && value !== other) return false;
  }
  return true;
}

/** A copy of `labels` in shared memory. */
export function sharedLabels(labels: GreyStack<Uint8Array>): ComparedStacks['labels'] {
  const data = new Uint8Array(new SharedArrayBuffer(labels.data.length));
  data.set(labels.data);
  return { ...labels, data };
}
