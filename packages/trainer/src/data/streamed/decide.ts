import { BYTES_PER_VALUE, type StackSource } from '@dilated-unet/stacks';
import { openLabels, openStack } from '@dilated-unet/stacks/node';
import type { StackConfig } from '../../config/stacks.ts';

/** How much of its stacks a run has in memory. */
export interface MemoryLimits {
  /** Bytes of images and labels of all stacks, as they are read, up to which they are held whole. */
  readonly bytes: number;
  /** Pixels of the parts on which a stack that is not held is measured. */
  readonly measuredPixels: number;
}

/**
 * Two GiB, which the thread that cuts windows has once more: they fit into the memory of any machine that trains a network. Fixed, so
 * that a run does not depend on the machine. And 64 parts of 512 x 512 pixels: ISBI-2012 twice.
 */
export const MEMORY_LIMITS: MemoryLimits = { bytes: 2 ** 31, measuredPixels: 64 * 512 ** 2 };

/** Bytes of images and labels as they are read. What cannot be opened counts nothing: it is refused when it is read. */
async function bytesOf(stacks: readonly StackConfig[]): Promise<number> {
  let bytes = 0;
  for (const { images, labels, ignoreMask, select } of stacks) {
    bytes += await sizeOf(() => openStack(images, select));
    bytes += await sizeOf(() => openLabels(labels, { level: select?.level }));
    if (ignoreMask !== undefined) bytes += await sizeOf(() => openStack(ignoreMask, { labels: true }));
  }
  return bytes;
}

/** That `stacks` together are too large to be held in memory, for the user; null where they are not. */
export async function beyondMemory(
  stacks: readonly StackConfig[],
  limits: MemoryLimits = MEMORY_LIMITS,
): Promise<string | null> {
  const bytes = await bytesOf(stacks);
  if (bytes <= limits.bytes) return null;
  return `Images and labels take ${bytesText(bytes)}, more than the ${bytesText(limits.bytes)} that are held in memory`;
}

async function sizeOf(open: () => Promise<StackSource>): Promise<number> {
  try {
    const source = await open();
    await source.close?.();
    return bytesOfSource(source);
  } catch {
    return 0;
  }
}

/** Bytes of all that `source` has. */
export function bytesOfSource({ shape: [depth, height, width], dtype }: StackSource): number {
  return depth * height * width * BYTES_PER_VALUE[dtype];
}

/** For messages, for example `2.0 GiB`. */
export const bytesText = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(bytes < 2 ** 30 / 20 ? 3 : 1)} GiB`;
