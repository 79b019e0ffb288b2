import { InvalidImageError, type GreyStack } from '@dilated-unet/core';
import { binaryLabels } from '@dilated-unet/stacks';
import { readStack } from '@dilated-unet/stacks/node';
import type { TrainConfig } from '../config.ts';

/** Sections with their labels. */
export interface LabelledStack {
  /** Raw grey values as they are stored. */
  readonly images: GreyStack;
  /** 1 interior, 0 membrane; of the same size and depth as the images. */
  readonly labels: GreyStack<Uint8Array>;
}

export interface Stacks extends LabelledStack {
  /** Raw grey values of the stack without labels; null where none was named. */
  readonly test: GreyStack | null;
}

/**
 * Reads a stack and its labels, and checks that they can be trained on.
 *
 * @param paths as `openStack` of stacks takes them. @param window side of the training windows, pixels.
 * @throws InvalidImageError with the path of the file: it cannot be read or is no stack, a grey value is not
 *   finite, the labels have another size or not two values, or the sections are smaller than the window.
 */
export async function loadStacks(
  paths: Omit<Extract<TrainConfig['data'], { kind: 'stacks' }>, 'kind'>,
  window: number,
): Promise<Stacks> {
  const images = await readGrey(paths.images);
  if (Math.min(images.width, images.height) < window) {
    throw new InvalidImageError(
      `${paths.images}: the sections are ${images.width} x ${images.height} pixels, smaller than the training window ` +
        `of ${window} x ${window}. Choose a smaller window, or use larger sections.`,
    );
  }
  const labels = await readGrey(paths.labels);
  if (labels.width !== images.width || labels.height !== images.height || labels.depth !== images.depth) {
    throw new InvalidImageError(
      `${paths.labels}: labels of another size than images: ${size(labels)}, but ${paths.images} is ${size(images)}. ` +
        'Each section needs a label image of its own size.',
    );
  }
  const binary = binaryLabels(labels, paths.labels);
  return { images, labels: binary, test: paths.test === undefined ? null : await readGrey(paths.test) };
}

async function readGrey(path: string): Promise<GreyStack> {
  const stack = await readStack(path);
  requireFinite(stack, path);
  return stack;
}

function requireFinite({ data, width, height }: GreyStack, path: string): void {
  if (!(data instanceof Float32Array)) return;
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return;
  const z = Math.floor(bad / (width * height));
  const y = Math.floor(bad / width) % height;
  throw new InvalidImageError(
    `${path}: the grey value at x ${bad % width}, y ${y} of section ${z + 1} is ${data[bad]}. Replace such pixels.`,
  );
}

function size({ width, height, depth }: GreyStack): string {
  return `${depth} section${depth === 1 ? '' : 's'} of ${width} x ${height}`;
}
