import { BYTES_PER_VALUE, type StackSource } from '@dilated-unet/stacks';
import { openLabels, openStack } from '@dilated-unet/stacks/node';
import type { StackConfig } from '../../config/stacks.ts';
import { trainingPixels, type PixelSizeOptions } from '../pixel-size.ts';

/** How much of its stacks a run has in memory. */
export interface MemoryLimits {
  /**
   * Bytes of images and labels of all stacks, of the types that are read, up to which they are held whole: as they are stored, or
   * larger at the pixels of the training.
   */
  readonly bytes: number;
  /** Pixels of the parts on which a stack that is not held is measured. */
  readonly measuredPixels: number;
}

/**
 * Two GiB, which the thread that cuts windows has once more: they fit into the memory of any machine that trains a network. Fixed, so
 * that a run does not depend on the machine. And 64 parts of 512 x 512 pixels: ISBI-2012 twice.
 */
export const MEMORY_LIMITS: MemoryLimits = { bytes: 2 ** 31, measuredPixels: 64 * 512 ** 2 };

/** A stack, and at which pixels it is trained on. */
export type SizedConfig = StackConfig & PixelSizeOptions;

/** Bytes of images and labels as they are held. What cannot be opened counts nothing: it is refused when it is read. */
async function bytesOf(stacks: readonly SizedConfig[]): Promise<number> {
  let bytes = 0;
  for (const stack of stacks) {
    const { images, labels, ignoreMask, select } = stack;
    const asLabels = (path: string) => opened(() => openLabels(path, { level: select?.level }));
    const source = await opened(() => openStack(images, select));
    const times = timesLarger(source, stack);
    const stored = await asLabels(labels);
    // What is resampled are classes, a byte each.
    bytes += times * bytesOfSource(source) + Math.max(bytesOfSource(stored), times * pixelsOf(stored));
    if (ignoreMask !== undefined) bytes += bytesOfSource(await asLabels(ignoreMask));
  }
  return bytes;
}

/**
 * How many times as many pixels a stack has at those of the training; 1 where they are fewer, and where that is refused when it is
 * read.
 */
function timesLarger(source: StackSource | null, stack: SizedConfig): number {
  if (source === null) return 1;
  const { shape, pixelSize } = source;
  const [, height, width] = shape;
  try {
    const { size } = trainingPixels({ stack: { width, height }, ...(pixelSize && { pixelSize }) }, stack, stack.images);
    return Math.max(1, (size.width * size.height) / (width * height));
  } catch {
    return 1;
  }
}

/** That `stacks` together are too large to be held in memory, for the user; null where they are not. */
export async function beyondMemory(
  stacks: readonly SizedConfig[],
  limits: MemoryLimits = MEMORY_LIMITS,
): Promise<string | null> {
  const bytes = await bytesOf(stacks);
  if (bytes <= limits.bytes) return null;
  return `Images and labels take ${bytesText(bytes)}, more than the ${bytesText(limits.bytes)} that are held in memory`;
}

/** What `open` gives, closed: what it says of itself; null where it cannot be opened. */
async function opened(open: () => Promise<StackSource>): Promise<StackSource | null> {
  try {
    const source = await open();
    await source.close?.();
    return source;
  } catch {
    return null;
  }
}

/** Bytes of all that `source` has. */
export function bytesOfSource(source: StackSource | null): number {
  return source === null ? 0 : pixelsOf(source) * BYTES_PER_VALUE[source.dtype];
}

function pixelsOf(source: StackSource | null): number {
  const [depth, height, width] = source?.shape ?? [0, 0, 0];
  return depth * height * width;
}

/** For messages, for example `2.0 GiB`. */
export const bytesText = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(bytes < 2 ** 30 / 20 ? 3 : 1)} GiB`;
