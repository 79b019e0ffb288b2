import { totalmem } from 'node:os';
import { InvalidImageError, InvalidOptionError, section, type GreyImage, type GreyStack } from '@dilated-unet/core';
import type { OpenOptions } from '../options.ts';
import { FORMATS } from '../formats/index.ts';
import { openPlace } from '../open.ts';
import { readWhole, requireMemory, type PixelSize, type ReadWholeOptions, type StackSource } from '../source.ts';
import { BYTES_PER_VALUE } from '../dtype.ts';
import { placeOf } from './place.ts';
import { PNG } from './png.ts';

/**
 * Opens a grey stack. Close it when it is no longer read.
 *
 * @param path a TIFF (see `openTiff`); a grey PNG of up to 16 bits, which is one section; a folder
 * of such files with one section each, or a pattern for their names (`slices/s*.png`), in natural order: `s2.png` comes
 * before `s10.png`. What a file is, is told from its first bytes.
 * @throws InvalidImageError with the path when it cannot be read, is none of these, is damaged or cut off, is in
 * colour, or when sections differ in size or type.
 */
export async function openStack(path: string, options: OpenOptions = {}): Promise<StackSource> {
  return openPlace(await placeOf(path), {
    ...options,
    maxBytes: options.maxBytes ?? memory(),
    formats: [...FORMATS, PNG],
  });
}

/** Bytes that the machine, or the container that the program runs in, has. */
function memory(): number {
  // 0 or more than the machine has where nothing constrains the program.
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}

/** The stack at `path`, whole: axes z, y, x; raw grey values as stored. @throws as `openStack` and `readWhole`. */
export async function readStack(path: string, options: OpenOptions & ReadWholeOptions = {}): Promise<GreyStack> {
  return (await readSizedStack(path, options)).stack;
}

/** A stack and the size of its pixels. */
export interface SizedStack {
  /** Axes z, y, x. */
  readonly stack: GreyStack;
  /** Where the file says it. */
  readonly pixelSize?: PixelSize;
}

/** The stack at `path`, whole, with the size of its pixels. @throws as `readStack`. */
export async function readSizedStack(path: string, options: OpenOptions & ReadWholeOptions = {}): Promise<SizedStack> {
  return sizedStack(path, await openStack(path, options), options);
}

/** All of `source`, which is closed. */
async function sizedStack(path: string, source: StackSource, options: ReadWholeOptions): Promise<SizedStack> {
  const { maxBytes = memory() } = options;
  try {
    const [depth, height, width] = source.shape;
    const what = `${path}: the stack of ${width} x ${height} x ${depth} ${source.dtype} values`;
    requireMemory(what, width * height * depth * BYTES_PER_VALUE[source.dtype], maxBytes);
    const stack = await readWhole(source, { ...options, maxBytes });
    return { stack, ...(source.pixelSize && { pixelSize: source.pixelSize }) };
  } finally {
    await source.close?.();
  }
}

/**
 * Opens the labels at `path` of images that are read at scale `level`: at that scale, where they are an OME-Zarr that has it, else as
 * they are.
 *
 * @throws as `openStack`.
 */
export async function openLabels(path: string, { level = 0, ...given }: OpenOptions = {}): Promise<StackSource> {
  const options = { ...given, labels: true };
  if (level === 0) return openStack(path, options);
  try {
    return await openStack(path, { ...options, level });
  } catch (error) {
    if (!(error instanceof InvalidOptionError && error.option === 'level')) throw error;
    return openStack(path, options);
  }
}

/** The labels at `path`, whole, of images that are read at scale `level`: see `openLabels`. @throws as `readStack`. */
export async function readSizedLabels(path: string, options: OpenOptions & ReadWholeOptions = {}): Promise<SizedStack> {
  return sizedStack(path, await openLabels(path, options), options);
}

/**
 * The one section at `path`: axes y, x; raw grey values as stored.
 *
 * @throws InvalidImageError as `readStack`, and when there is more than one section.
 */
export async function readImage(path: string): Promise<GreyImage> {
  const stack = await readStack(path);
  if (stack.depth === 1) return section(stack, 0);
  throw new InvalidImageError(`${path} has ${stack.depth} pages, not one. Read it with readStack.`);
}
