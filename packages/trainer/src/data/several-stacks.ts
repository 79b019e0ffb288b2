import { InvalidImageError } from '@dilated-unet/core';
import type { StackConfig } from '../config-stacks.ts';
import { stackHash } from './data-hash.ts';
import { loadStacks, type Stacks, type StacksOptions } from './stacks.ts';

/**
 * Reads the stacks of a run, one after another, as `loadStacks` does each. A value that is ignored must be in the labels of one of
 * them; of several, notes and warnings begin with the name of the stack.
 *
 * @param onProgress called after each of several stacks.
 * @throws InvalidImageError as `loadStacks`, with the name of the stack where there are several; and when two are the same images.
 */
export async function readStacks(
  stacks: readonly StackConfig[],
  options: StacksOptions,
  onProgress?: (done: number, total: number) => void,
): Promise<readonly Stacks[]> {
  const lacking: string[] = [];
  const read: Stacks[] = [];
  const seen = new Map<string, StackConfig>();
  for (const stack of stacks) {
    const { name } = stack;
    if (name === null) return [await loadStacks(stack, options)];
    const one = await loadStacks(stack, { ...options, onLacking: (message) => lacking.push(message) });
    // Each lacks it: then it is a mistake.
    if (lacking.length === stacks.length) throw new InvalidImageError(lacking[0]);
    requireOther(one, stack, seen);
    const named = (text: string): string => `${name}: ${text}`;
    read.push({ ...one, notes: one.notes.map(named), warnings: one.warnings.map(named) });
    onProgress?.(read.length, stacks.length);
  }
  return read;
}

/** Held out under another path, a stack would be trained on all the same. */
function requireOther({ images }: Stacks, stack: StackConfig, seen: Map<string, StackConfig>): void {
  const hash = stackHash(images);
  const same = seen.get(hash);
  if (same !== undefined) {
    throw new InvalidImageError(
      `${stack.name} (${stack.images}) has the same images as ${same.name} (${same.images}). Name each stack once: what is held out ` +
        'of one would be trained on in the other.',
    );
  }
  seen.set(hash, stack);
}
