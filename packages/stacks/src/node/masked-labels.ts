import type { GreyStack } from '@dilated-unet/core';
import { countedLabels, type CountedLabels } from '../labels/counted.ts';
import type { IgnoreRules } from '../labels/ignore-rules.ts';
import { interpretCounted, type InterpretedLabels, type LabelContext, type LabelOptions } from '../labels/interpret.ts';
import { readStack } from './open.ts';

/**
 * Takes what is ignored out of labels, with the mask of it as a path.
 *
 * @param stored as they are read with `labels: true`. @param rules with the mask as `openStack` takes it.
 * @throws InvalidImageError when the mask cannot be read; InvalidImageError and InvalidOptionError as `interpretLabels`.
 */
export async function countMaskedLabels(
  stored: GreyStack,
  { ignore, ignoreMask, ignoreSections }: IgnoreRules<string>,
  { name, onLacking }: Pick<LabelContext, 'name' | 'onLacking'>,
): Promise<CountedLabels> {
  const mask = ignoreMask && { stack: await readStack(ignoreMask, { labels: true }), name: ignoreMask };
  return countedLabels(stored, name, { ignore, ignoreSections, ...(mask && { ignoreMask: mask }) }, { onLacking });
}

/**
 * `interpretLabels`, with the mask of what is ignored as a path.
 *
 * @param stored as they are read with `labels: true`. @param options with the mask as `openStack` takes it.
 * @throws InvalidImageError when the mask cannot be read; InvalidImageError and InvalidOptionError as `interpretLabels`.
 */
export async function interpretMaskedLabels(
  stored: GreyStack,
  options: LabelOptions<string>,
  context: LabelContext,
): Promise<InterpretedLabels> {
  return interpretCounted(await countMaskedLabels(stored, options, context), options, context);
}
