import { InvalidImageError, InvalidOptionError } from '@dilated-unet/core';
import type { StackConfig } from '../config/stacks.ts';
import { stackHash } from './data-hash.ts';
import { loadStacks, type Stacks, type StacksOptions } from './stacks.ts';
import type { MemoryLimits } from './streamed/decide.ts';
import { heldBytesOf, loadStreamed, type DividedConfig } from './streamed/load.ts';
import { sampleOf } from './streamed/parts.ts';

export interface ReadStacksOptions {
  /** Called after each of several stacks, and of one that stays in its files with how much is done. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly limits?: MemoryLimits;
}

/**
 * Reads the stacks of a run, one after another, as `loadStacks` does each. Of several, a value that is ignored must be in the labels of
 * one, and a width of membranes is for those whose labels are instances, of which there must be one; notes and warnings begin with the
 * name of the stack.
 *
 * @param how with `limits`, stacks stay in their files: see `loadStreamed`.
 * @throws InvalidImageError, InvalidOptionError as `loadStacks`; InvalidImageError when two are the same images.
 */
export async function readStacks(
  stacks: readonly DividedConfig[],
  options: StacksOptions,
  { onProgress, limits }: ReadStacksOptions = {},
): Promise<readonly Stacks[]> {
  const load = (stack: DividedConfig, how: StacksOptions): Promise<Stacks> => {
    if (limits === undefined) return loadStacks(stack, how);
    // Of several stacks the progress is their number.
    const heldBytes = read.reduce((sum, one) => sum + heldBytesOf(one), 0);
    return loadStreamed(stack, { ...how, limits, heldBytes, onProgress: stack.name === null ? onProgress : undefined });
  };
  /** What each stack lacks of what another must have. */
  const [values, instances] = [new Map<string, Error>(), new Map<string, Error>()];
  const read: Stacks[] = [];
  const seen = new Map<string, StackConfig>();
  for (const stack of stacks) {
    const { name } = stack;
    if (name === null) return [await load(stack, options)];
    const onLacking = (message: string): void => void values.set(name, new InvalidImageError(message));
    const one = await load(stack, { ...options, onLacking }).catch((error: unknown) => {
      if (!isWidthOfOthers(error, options)) throw error;
      instances.set(name, error);
      return load(stack, { ...options, boundaryWidth: null, onLacking });
    });
    await requireOther(one, stack, seen);
    const named = (text: string): string => `${name}: ${text}`;
    const elsewhere = one.elsewhere && named(one.elsewhere);
    read.push({ ...one, notes: one.notes.map(named), warnings: one.warnings.map(named), elsewhere });
    onProgress?.(read.length, stacks.length);
  }
  for (const lacking of [values, instances]) {
    const [error] = lacking.values();
    if (error !== undefined && lacking.size === stacks.length) throw error;
  }
  return read;
}

/** Whether a width was refused for labels that `auto` found to be no instances. */
function isWidthOfOthers(error: unknown, { labelKind = 'auto' }: StacksOptions): error is InvalidOptionError {
  return labelKind === 'auto' && error instanceof InvalidOptionError && error.option === 'boundaryWidth';
}

/** Held out under another path, a stack would be trained on all the same. */
async function requireOther(
  { images, streamed }: Stacks,
  stack: StackConfig,
  seen: Map<string, StackConfig>,
): Promise<void> {
  // The parts that are measured depend on what is held out, and on labels.
  const measured = streamed?.measured ?? null;
  const hash = measured === null ? stackHash(images) : stackHash(await sampleOf(stack), measured.shape);
  const same = seen.get(hash);
  if (same !== undefined) {
    throw new InvalidImageError(
      `${stack.name} (${stack.images}) has the same images as ${same.name} (${same.images}). Name each stack once: what is held out ` +
        'of one would be trained on in the other.',
    );
  }
  seen.set(hash, stack);
}
