import { InvalidImageError, InvalidOptionError, type GreyData, type GreyStack } from '@dilated-unet/core';
import {
  interpretCounted,
  labelWarnings,
  type CountedLabels,
  type IgnoreRules,
  type InterpretedLabels,
  type LabelContext,
  type LabelOptions,
  type NamedLabels,
  type OpenOptions,
  type PixelSize,
  requireBothClasses,
  requireContrast,
  requireFinite,
  type StackSelection,
} from '@dilated-unet/stacks';
import {
  countMaskedLabels,
  openStack,
  readSizedLabels,
  readSizedStack,
  type SizedStack,
} from '@dilated-unet/stacks/node';
import { storedPixels, type StoredPixels } from '@dilated-unet/trainer';

/** Labels and a prediction that can be compared. */
export interface ComparedStacks {
  /** 1 interior, 0 membrane, `IGNORED` where they do not count; axes z, y, x. In shared memory, for the threads that score sections. */
  readonly labels: GreyStack<Uint8Array<SharedArrayBuffer>>;
  /** Probability of cell interior, 0 ... 1; of the same size. In shared memory. */
  readonly probabilities: GreyStack<Float32Array<SharedArrayBuffer>>;
  /** How the values of the prediction were read, or what made it, for the user. */
  readonly rule: string;
}

/** How labels were read. */
export type ReadLabels = Pick<InterpretedLabels, 'labelKind' | 'note'>;

/**
 * Reads the labels and the prediction of a stack, each as `openStack` of stacks takes it.
 *
 * Labels are of any kind, see `interpretLabels` of stacks. At a scale of `select`, each is read that has several. A prediction is a mask (0 and 1, or 0 and the largest value of 8 bit
 * or of its own type) or probabilities of interior: float32 in 0 ... 1, or 8 or 16 bit of more than two values, divided by the
 * largest value of the type.
 *
 * @param how what the labels stand for, and what of them does not count; auto: with two values, 0 is membrane, since there are no
 *   images.
 * @throws InvalidImageError with the path: a file cannot be read, the sizes differ, the labels are not of their kind or have a
 *   section of one class, or the prediction has values that are no probabilities; and as `interpretMaskedLabels` of stacks.
 */
export async function readStacks(
  paths: { readonly labels: string; readonly prediction: string; readonly select?: StackSelection | undefined },
  how: LabelOptions<string> = {},
): Promise<ComparedStacks & ReadLabels & Pick<ReadBeside, 'notes'>> {
  const beside = { what: 'prediction', path: paths.prediction, select: paths.select };
  const read = await readBesideLabels(paths.labels, beside, how);
  const prediction = read.stack;
  const { labels: binary, labelKind, note } = interpretBeside(read, how);
  requireBothClasses(binary, paths.labels);
  const labels = sharedLabels(binary);
  const { rule, unit } = scaleOf(prediction, paths.prediction);
  const probabilities = sharedProbabilities(labels);
  for (let i = 0; i < prediction.data.length; i++) probabilities.data[i] = (prediction.data[i] as number) / unit;
  return { labels, probabilities, rule, labelKind, note, notes: read.notes };
}

/** Images with their labels, checked. */
export interface LabelledImages extends ReadLabels {
  /** Raw grey values; axes z, y, x. */
  readonly images: GreyStack;
  readonly labels: ComparedStacks['labels'];
  /** What a reader of the files decided, and what looks wrong and may be right: see `labelWarnings` of stacks. */
  readonly warnings: readonly string[];
  /** Of the images, where their file states it, nanometres. */
  readonly pixelSize?: PixelSize | undefined;
}

/** Where labels and their images are. */
export interface LabelledPaths {
  readonly labels: string;
  readonly images: string;
  readonly select?: StackSelection | undefined;
}

/**
 * Reads images and their labels, each as `openStack` of stacks takes it.
 *
 * @param how what the labels stand for, and what of them does not count.
 * @throws as `readImagesBeside` and `labelledImages`.
 */
export async function readLabelledImages(
  paths: LabelledPaths,
  how: LabelOptions<string> = {},
): Promise<LabelledImages> {
  return labelledImages(await readImagesBeside(paths, how), paths, how);
}

/**
 * The images beside their labels, checked.
 *
 * @throws as `readBesideLabels`; InvalidImageError with the path when a section of the images is blank in which a pixel counts.
 */
export async function readImagesBeside(
  { labels, images, select }: LabelledPaths,
  rules: IgnoreRules<string>,
  { isNegative }: Pick<NamedLabels, 'isNegative'> = {},
): Promise<ReadBeside> {
  const beside = { what: 'stack of images', path: images, select, areImages: true };
  const read = await readBesideLabels(labels, { ...beside, ...(isNegative !== undefined && { isNegative }) }, rules);
  requireContrast(read.stack, images, read.counted.ignored);
  return read;
}

/** What is known of labels beside their images. */
export interface LabelledImagesOptions
  extends Partial<Pick<NamedLabels, 'movedBack'>>, Pick<StoredPixels, 'asked' | 'network'> {}

/**
 * What `readImagesBeside` read, the labels as those of membrane and interior.
 *
 * @param names as messages name them, such as their paths.
 * @throws InvalidImageError, InvalidOptionError as `interpretCounted` of stacks; InvalidImageError when a section has one class.
 */
export function labelledImages(
  read: ReadBeside,
  names: Pick<LabelledPaths, 'images' | 'labels'>,
  how: Pick<LabelOptions, 'labelKind' | 'boundaryWidth'>,
  { movedBack = null, ...pixels }: LabelledImagesOptions = {},
): LabelledImages {
  const { stack: images, pixelSize, context } = read;
  const { labels, labelKind, note } = interpretBeside(read, how, pixels);
  requireBothClasses(labels, names.labels);
  const seen = { images, labels, names, labelKind, isNegative: context.isNegative === true, movedBack };
  const warnings = [...read.notes, ...labelWarnings(seen)];
  return { images, labels: sharedLabels(labels), warnings, labelKind, note, ...(pixelSize && { pixelSize }) };
}

/** What labels are beside. */
export interface BesideLabels extends Pick<NamedLabels, 'isNegative'> {
  /** As messages call it. */
  readonly what: string;
  readonly path: string;
  readonly select?: StackSelection | undefined;
  /** Whether it is what the labels were drawn on, by which auto may tell what they are. @default false */
  readonly areImages?: boolean;
}

/** Labels as they are stored, and the stack that they are beside. */
export interface ReadBeside extends SizedStack {
  readonly counted: CountedLabels;
  /** What is known beside them but for the pixels. */
  readonly context: Omit<LabelContext, 'onLacking' | 'pixelSize'>;
  /** What the files state, nanometres. */
  readonly stated: readonly (PixelSize | undefined)[];
  /** What a reader of the files decided, a sentence each: see `OpenOptions.onNote` of stacks. */
  readonly notes: readonly string[];
}

/**
 * Reads labels with what is ignored of them, and a stack that must have their size.
 *
 * @throws InvalidImageError with the path: a file cannot be read, the sizes differ, or images have a value that is not finite;
 *   InvalidImageError and InvalidOptionError as `countMaskedLabels` of stacks.
 */
export async function readBesideLabels(
  labelsPath: string,
  { what, path, select, areImages = false, isNegative }: BesideLabels,
  rules: IgnoreRules<string>,
): Promise<ReadBeside> {
  const notes: string[] = [];
  const onNote = (note: string): void => void notes.push(note);
  const ofLevel = { level: select?.level, onNote };
  const { stack: stored, ...ofLabels } = await readSizedLabels(labelsPath, ofLevel);
  const read = areImages ? readSizedStack : readPrediction(labelsPath);
  const { stack, ...ofStack } = await read(path, { ...select, onNote });
  if (size(stored) !== size(stack)) {
    throw new InvalidImageError(
      `The ${what} must have the size of the labels: ${path} has ${size(stack)}, ` +
        `${labelsPath} has ${size(stored)}. Name the files that belong together.`,
    );
  }
  if (areImages) requireFinite(stack, path);
  const counted = await countMaskedLabels(stored, rules, { name: labelsPath, ...ofLevel });
  const context = { name: labelsPath, isNegative, ...(areImages && { images: stack }) };
  return { stack, ...ofStack, counted, context, stated: [ofStack.pixelSize, ofLabels.pixelSize], notes };
}

/** Reads a prediction at the scale of the labels where it has several, else as it is: then the labels must have that scale. */
const readPrediction =
  (labelsPath: string) =>
  async (path: string, options: OpenOptions): Promise<SizedStack> => {
    try {
      return await readSizedStack(path, options);
    } catch (error) {
      if (!(error instanceof InvalidOptionError && error.option === 'level')) throw error;
      const { level, ...others } = options;
      await (await openStack(labelsPath, { labels: true, level })).close?.();
      return readSizedStack(path, others);
    }
  };

/**
 * @param pixels what is known of them beside what the files state.
 * @returns labels 1 interior, 0 membrane, `IGNORED` where they do not count.
 * @throws as `interpretCounted` of stacks.
 */
export function interpretBeside(
  { counted, context, stated }: ReadBeside,
  how: Pick<LabelOptions, 'labelKind' | 'boundaryWidth'>,
  pixels: Pick<StoredPixels, 'asked' | 'network'> = {},
): InterpretedLabels {
  return interpretCounted(counted, how, { ...context, pixelSize: storedPixels({ ...pixels, stated }) });
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

/**
 * How the grey values of a prediction are probabilities.
 *
 * @param stack integers other than those of 8 and 16 bits without a sign are in floats, as `openStack` reads them.
 * @throws InvalidImageError where they are none.
 */
export function scaleOf({ data, width, height }: GreyStack, path: string): Scale {
  if (data instanceof Float32Array) {
    const bad = data.findIndex((value) => !(value >= 0 && value <= 1));
    if (bad >= 0) {
      const most = largest(data);
      if (data.every((value) => Number.isInteger(value) && value >= 0) && soleOther(data, most) === null)
        throw idsError(path, most, 'scale them to 0 ... 1');
      const section = Math.floor(bad / (width * height)) + 1;
      throw new InvalidImageError(
        `${path}: section ${section} of the prediction must have probabilities in 0 ... 1; found ${data[bad]}. ` +
          'Scale them to it, or save a mask of 8 bits with 0 for membrane and 255 for interior.',
      );
    }
    return { rule: 'float32: probabilities as they are', unit: 1 };
  }
  const [bits, full] = data instanceof Uint8Array ? [8, 255] : [16, 65535];
  const most = largest(data);
  const least = soleOther(data, most);
  if ((least === 0 || least === most) && [1, 255, full].includes(most))
    return { rule: `${bits}-bit mask: ${most} is interior`, unit: most };
  if (least !== null && least !== most) {
    const [low, high] = [least, most].map((value) => Number((value / full).toPrecision(3)));
    throw new InvalidImageError(
      `${path}: a prediction of two values must be a mask of 0 and 1, or of 0 and ${[...new Set([255, full])].join(' or ')}; found ${least} and ` +
        `${most}. As probabilities of interior they would be ${low} and ${high}. Save a mask with 0 for membrane and 255 for interior.`,
    );
  }
  if (bits === 16 && most <= 255) throw idsError(path, most, 'save them with 8 bits, or scale them to 0 ... 65535');
  return { rule: `${bits} bit: probabilities, divided by ${full}`, unit: full };
}

/** @param remedy of probabilities. */
function idsError(path: string, most: number, remedy: string): InvalidImageError {
  return new InvalidImageError(
    `${path}: the prediction has whole numbers up to ${most}, as ids of cells; it must be a mask or probabilities of interior. ` +
      'Segment to one of these, or, where 0 lies between the cells, save 255 where the id is above 0. ' +
      `If they are probabilities, ${remedy}.`,
  );
}

function largest(data: GreyData): number {
  let most = 0;
  for (let i = 0; i < data.length; i++) most = Math.max(most, data[i] as number);
  return most;
}

/** The one value that `data` has beside `most`, or `most` where it has none; null where it has several. */
function soleOther(data: GreyData, most: number): number | null {
  let other = most;
  for (let i = 0; i < data.length; i++) {
    const value = data[i] as number;
    if (value === most || value === other) continue;
    if (other !== most) return null;
    other = value;
  }
  return other;
}

/** A copy of `labels` in shared memory. */
export function sharedLabels(labels: GreyStack<Uint8Array>): ComparedStacks['labels'] {
  const data = new Uint8Array(new SharedArrayBuffer(labels.data.length));
  data.set(labels.data);
  return { ...labels, data };
}
