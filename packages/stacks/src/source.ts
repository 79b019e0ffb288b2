import {
  crop,
  InvalidImageError,
  InvalidOptionError,
  section,
  type GreyData,
  type GreyImage,
  type GreyStack,
  type Rectangle,
} from '@dilated-unet/core';
import type { ReadOptions } from './bytes.ts';
import type { MemoryLimit } from './options.ts';
import { BYTES_PER_VALUE, dtypeOf, zeros, type Dtype } from './dtype.ts';

/** Size of a pixel in nanometres: between sections (z), rows (y) and columns (x). */
export interface PixelSize {
  readonly z?: number;
  readonly y: number;
  readonly x: number;
}

/** Where the middle of the first pixel lies, nanometres; of an axis that is left out it is not known. */
export interface StackOrigin {
  readonly z?: number;
  readonly y: number;
  readonly x: number;
}

export interface ReadRegionOptions extends ReadOptions {
  /** Memory for the pixels, of the source's dtype, which it may use in place of its own. */
  readonly into?: GreyData | undefined;
}

/**
 * A stack that is read part by part, wherever it lies: the form of viv's PixelSource.
 *
 * @example
 * const [depth, height, width] = source.shape;
 * const corner = await source.read(0, { x: 0, y: 0, width: 256, height: 256 }, { signal });
 */
export interface StackSource {
  /** Sections, rows and columns. */
  readonly shape: readonly [z: number, y: number, x: number];
  readonly axes: readonly ['z', 'y', 'x'];
  /** Type of the grey values as they are read. */
  readonly dtype: Dtype;
  /** Where the file says it, as TIFF files of ImageJ do. */
  readonly pixelSize?: PixelSize;
  /** Where an OME-Zarr that states the size of a pixel says so, such as a smaller scale or a part of a volume. @default 0 */
  readonly origin?: StackOrigin;
  /**
   * Whether rows are decoded with all those above them, as of a PNG and of a compressed strip: a few large parts then take much
   * less time than many small ones. @default false
   */
  readonly fromTop?: boolean;
  /**
   * Bytes that a read takes beside the pixels that it gives: the file of a PNG, the largest strip or tile of a TIFF or the chunks
   * of an OME-Zarr that are decoded at once, stored and decoded. @default 0
   */
  readonly readBytes?: number;
  /**
   * Most bytes of decoded chunks that it keeps from read to read, where one has several sections and the next section needs it
   * again, or sections are so large that the next band of rows does. @default 0
   */
  readonly keptBytes?: number;
  /** Sections, rows and columns that are decoded together, where those are several sections, as in an OME-Zarr. */
  readonly chunk?: readonly [z: number, y: number, x: number];
  /**
   * The pixels of `region` in section `z`: raw grey values, axes y, x, memory of the caller's own.
   *
   * @throws InvalidOptionError when the region does not lie in the stack, InvalidImageError when the file is damaged
   * there, and the signal's reason.
   */
  read(z: number, region: Rectangle, options?: ReadRegionOptions): Promise<GreyImage>;
  /** Keeps at most `bytes` of them from now on; chunks that are not kept are decoded again. */
  readonly keep?: (bytes: number) => void;
  /** Frees what it holds, such as a file handle. */
  close?(): Promise<void>;
}

/** The axes of every source. */
export const AXES = ['z', 'y', 'x'] as const;

/** What reading of `source` takes, for a source that reads it. */
export function readingOf({
  chunk,
  fromTop,
  readBytes,
  keptBytes,
  keep,
}: StackSource): Pick<StackSource, 'chunk' | 'fromTop' | 'readBytes' | 'keptBytes' | 'keep'> {
  return {
    ...(chunk && { chunk }),
    ...(fromTop && { fromTop }),
    ...(readBytes && { readBytes }),
    ...(keptBytes && { keptBytes }),
    ...(keep && { keep }),
  };
}

/** `stack` as a source. */
export function stackSource(stack: GreyStack): StackSource {
  const { width, height, depth, data } = stack;
  const shape = [depth, height, width] as const;
  return {
    shape,
    axes: AXES,
    dtype: dtypeOf(data),
    read: (z, region, { signal } = {}) => {
      signal?.throwIfAborted();
      requireRegion(shape, z, region);
      return Promise.resolve(crop(section(stack, z), region));
    },
  };
}

/** Section `z` of `source`, whole. @throws as `StackSource.read`. */
export function readSection(source: StackSource, z: number, options?: ReadRegionOptions): Promise<GreyImage> {
  const [, height, width] = source.shape;
  return source.read(z, { x: 0, y: 0, width, height }, options);
}

export interface ReadWholeOptions extends ReadOptions, MemoryLimit {}

/**
 * All sections of `source`: axes z, y, x.
 *
 * @throws InvalidImageError when the stack takes more than `maxBytes` or than there is memory for, InvalidOptionError
 * when `maxBytes` is not a whole number of at least 1, and as `StackSource.read`.
 */
export async function readWhole(source: StackSource, { signal, maxBytes }: ReadWholeOptions = {}): Promise<GreyStack> {
  const [depth, height, width] = source.shape;
  const what = `The stack of ${width} x ${height} x ${depth} ${source.dtype} values`;
  requireMemory(what, width * height * depth * BYTES_PER_VALUE[source.dtype], maxBytes);
  const data = allocate(source.dtype, width * height * depth, what);
  for (let z = 0; z < depth; z++) {
    const into = data.subarray(z * width * height, (z + 1) * width * height);
    const read = await readSection(source, z, { signal, into });
    if (read.data !== into) into.set(read.data);
  }
  return { width, height, depth, data };
}

/** @throws InvalidOptionError when `region` of section `z` does not lie in a stack of `shape`, or has no pixel. */
export function requireRegion([depth, rows, columns]: StackSource['shape'], z: number, region: Rectangle): void {
  if (!Number.isInteger(z) || z < 0 || z >= depth) {
    throw new InvalidOptionError('z', `must be an integer in 0 ... ${depth - 1}, a section of the stack`, z);
  }
  const { x, y, width, height } = region;
  const whole = [x, y, width, height].every((value) => Number.isInteger(value) && value >= 0);
  if (!whole || width < 1 || height < 1 || x + width > columns || y + height > rows) {
    throw new InvalidOptionError(
      'region',
      `must be whole pixels inside of ${columns} x ${rows} (width x height)`,
      region,
    );
  }
}

/**
 * @param what takes `bytes` bytes, for messages.
 * @throws InvalidImageError when that is more than `maxBytes`, InvalidOptionError when this is not a whole number of at least 1.
 */
export function requireMemory(what: string, bytes: number, maxBytes: number | undefined): void {
  if (maxBytes === undefined) return;
  if (!Number.isSafeInteger(maxBytes) || maxBytes < 1) {
    throw new InvalidOptionError('maxBytes', 'must be a whole number of at least 1', maxBytes);
  }
  if (bytes <= maxBytes) return;
  throw new InvalidImageError(
    `${what} takes ${bytes} bytes of memory, more than the ${maxBytes} that may be used (maxBytes; by default all that the ` +
      'machine has). Cut it into smaller ones, or use a machine with more memory.',
  );
}

/** As `zeros`. @throws InvalidImageError when there is not enough memory. */
export function allocate(dtype: Dtype, count: number, what: string): GreyData {
  try {
    return zeros(dtype, count);
  } catch (cause) {
    throw new InvalidImageError(
      `There is no memory for ${count * BYTES_PER_VALUE[dtype]} bytes. ${what} takes so many: cut it into smaller ones, or use a machine with more memory.`,
      { cause },
    );
  }
}
