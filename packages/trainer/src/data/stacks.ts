import { readFile } from 'node:fs/promises';
import { InvalidImageError, isDilatedUnetError, type GreyStack } from '@dilated-unet/core';
import { readTiffStack } from '@dilated-unet/stacks';

export interface StackPaths {
  /** Absolute path of the multi-page TIFF with the sections. */
  readonly images: string;
  /** Absolute path of the multi-page TIFF with their labels: 0 membrane, one other value interior. */
  readonly labels: string;
  /** Absolute path of a stack without labels. */
  readonly test?: string | undefined;
}

export interface LoadStacksOptions {
  /** Width and height of the training windows, pixels: sections must not be smaller. */
  readonly window?: number;
}

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
 * @throws InvalidImageError with the path of the file: it cannot be read or is no TIFF stack, a grey value is not
 *   finite, the labels have another size or not two values, or the sections are smaller than the window.
 */
export async function loadStacks(paths: StackPaths, { window = 1 }: LoadStacksOptions = {}): Promise<Stacks> {
  const images = await readStack(paths.images);
  if (Math.min(images.width, images.height) < window) {
    throw new InvalidImageError(
      `${paths.images}: the sections are ${images.width} x ${images.height} pixels, smaller than the training window ` +
        `of ${window} x ${window}. Choose a smaller window (--window), or use larger sections.`,
    );
  }
  const labels = await readStack(paths.labels);
  if (labels.width !== images.width || labels.height !== images.height || labels.depth !== images.depth) {
    throw new InvalidImageError(
      `${paths.labels}: labels of another size than images: ${size(labels)}, but ${paths.images} is ${size(images)}. ` +
        'Each section needs a label image of its own size.',
    );
  }
  const binary = binaryLabels(labels, paths.labels);
  return { images, labels: binary, test: paths.test === undefined ? null : await readStack(paths.test) };
}

async function readStack(path: string): Promise<GreyStack> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw new InvalidImageError(`${path}: cannot be read: ${reason(cause)}`, { cause });
  }
  let stack: GreyStack;
  try {
    stack = await readTiffStack(bytes);
  } catch (cause) {
    if (!isDilatedUnetError(cause)) throw cause;
    throw new InvalidImageError(`${path}: ${cause.message}`, { cause });
  }
  requireFinite(stack, path);
  return stack;
}

function reason(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'there is no such file. Check the path.';
  if (code === 'EISDIR') return 'it is a folder. Name the TIFF file in it.';
  if (code === 'EACCES') return 'permission denied. Make the file readable.';
  if (code === 'ERR_FS_FILE_TOO_LARGE') return 'files above 2 GiB are not read in one piece. Split the stack.';
  return message;
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

/** How many of the values found are named in a message. */
const NAMED_VALUES = 5;

function binaryLabels(labels: GreyStack, path: string): GreyStack<Uint8Array> {
  const values = new Set<number>();
  for (const value of labels.data) {
    values.add(value);
    if (values.size > NAMED_VALUES) break;
  }
  if (values.size !== 2 || !values.has(0)) {
    const named = [...values].sort((a, b) => a - b).slice(0, NAMED_VALUES);
    const found = `${named.join(', ')}${values.size > NAMED_VALUES ? ' and more' : ''}`;
    throw new InvalidImageError(
      `${path}: labels must have two values, 0 for membrane and one other for cell interior; found ${found}. ` +
        'Threshold them, and save them without lossy compression.',
    );
  }
  const { width, height, depth } = labels;
  const data = new Uint8Array(labels.data.length);
  for (let i = 0; i < data.length; i++) data[i] = labels.data[i] === 0 ? 0 : 1;
  return { width, height, depth, data };
}

function size({ width, height, depth }: GreyStack): string {
  return `${depth} section${depth === 1 ? '' : 's'} of ${width} x ${height}`;
}
