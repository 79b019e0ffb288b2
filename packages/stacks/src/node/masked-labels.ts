import type { GreyStack } from '@dilated-unet/core';
import { interpretLabels, type InterpretedLabels, type LabelContext, type LabelOptions } from '../labels/interpret.ts';
import { readStack } from './open.ts';

/**
 * `interpretLabels`, with the mask of what is ignored as a path.
 *
 * @param stored as they are read with `labels: true`. @param options with the mask as `openStack` takes it.
 * @throws InvalidImageError when the mask cannot be read; InvalidImageError and InvalidOptionError as `interpretLabels`.
 */
export async function interpretMaskedLabels(
  stored: GreyStack,
  { ignoreMask, ...options }: LabelOptions<string>,
  context: LabelContext,
): Promise<InterpretedLabels> {
  if (ignoreMask === undefined) return interpretLabels(stored, options, context);
  const stack = await readStack(ignoreMask, { labels: true });
  return interpretLabels(stored, { ...options, ignoreMask: { stack, name: ignoreMask } }, context);
}
