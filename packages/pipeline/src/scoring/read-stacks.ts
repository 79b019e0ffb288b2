import { InvalidImageError, type GreyData, type GreyStack } from '@dilated-unet/core';
import { binaryLabels } from '@dilated-unet/stacks';
import { readStack } from '@dilated-unet/stacks/node';

/** Labels and a prediction that can be compared. */
export interface ComparedStacks {
  /** 1 interior, 0 membrane; axes z, y, x. In shared memory, for the threads that score sections. */
  readonly labels: GreyStack<Uint8Array<SharedArrayBuffer>>;
  /** Probability of cell interior, 0 ... 1; of the same size. In shared memory. */
  readonly probabilities: GreyStack<Float32Array<SharedArrayBuffer>>;
  /** How the values of the prediction were read, or what made it, for the user. */
  readonly rule: string;
}

/**
 * Reads the labels and the prediction of a stack, each as `openStack` of stacks takes it.
 *
 * Labels have two values, 0 for membrane and one other for cell interior. A prediction is a mask (0 and 1, or 0 and the
 * largest value of 8 bit or of its own type) or probabilities of interior: float32 in 0 ... 1, or 8 or 16 bit, divided by
 * the largest value of the type.
 *
 * @throws InvalidImageError with the path: a file cannot be read, the sizes differ, the labels have not two values or a
 *   section without interior, or the prediction has values that are no probabilities.
 */
export async function readStacks(paths: { labels: string; prediction: string }): Promise<ComparedStacks> {
  const { labels, stack: prediction } = await readBesideLabels(paths.labels, {
    what: 'prediction',
    path: paths.prediction,
  });
  const { rule, unit } = scaleOf(prediction.data, paths.prediction);
  const probabilities = sharedProbabilities(labels);
  for (let i = 0; i < prediction.data.length; i++) probabilities.data[i] = (prediction.data[i] as number) / unit;
  return { labels, probabilities, rule };
}

/**
 * Reads labels, and a stack that must have their size.
 *
 * @param beside where the stack is, and what messages call it.
 * @returns labels 1 interior, 0 membrane; the stack as it is.
 * @throws InvalidImageError as `readStacks`.
 */
export async function readBesideLabels(
  labelsPath: string,
  beside: { readonly what: string; readonly path: string },
): Promise<{ readonly labels: ComparedStacks['labels']; readonly stack: GreyStack }> {
  const labels = await readStack(labelsPath);
  const stack = await readStack(beside.path);
  if (size(labels) !== size(stack)) {
    throw new InvalidImageError(
      `The ${beside.what} must have the size of the labels: ${beside.path} has ${size(stack)}, ` +
        `${labelsPath} has ${size(labels)}.`,
    );
  }
  return { labels: sharedLabels(labels, labelsPath), stack };
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
export function scaleOf(data: GreyData, path: string): Scale {
  if (data instanceof Float32Array) {
    const bad = data.find((value) => !(value >= 0 && value <= 1));
    if (bad !== undefined) {
      throw new InvalidImageError(
        `${path}: a float32 prediction must have probabilities in 0 ... 1; found ${bad}. ` +
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

/** Labels in shared memory: 1 interior, 0 membrane. @throws InvalidImageError for a section without interior. */
export function sharedLabels(labels: GreyStack, path: string): ComparedStacks['labels'] {
  const { width, height, depth, data: binary } = binaryLabels(labels, path);
  const data = new Uint8Array(new SharedArrayBuffer(binary.length));
  data.set(binary);
  for (let z = 0; z < depth; z++) {
    if (data.subarray(z * width * height, (z + 1) * width * height).includes(1)) continue;
    throw new InvalidImageError(
      `${path}: section ${z + 1} has no cell interior, so that nothing can be compared. Leave it out of both files.`,
    );
  }
  return { width, height, depth, data };
}
