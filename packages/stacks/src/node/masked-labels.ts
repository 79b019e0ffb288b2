import type { GreyStack } from '@dilated-unet/core';
import { countedLabels, type CountedLabels } from '../labels/counted.ts';
import type { IgnoreRules } from '../labels/ignore-rules.ts';
import { interpretCounted, type InterpretedLabels, type LabelContext, type LabelOptions } from '../labels/interpret.ts';
import type { OpenOptions } from '../options.ts';
import { readSizedLabels } from './open.ts';

/** What is known of labels whose mask is a path, and how that is read. */
export interface MaskedContext
  extends Pick<LabelContext, 'name' | 'onLacking'>, Pick<OpenOptions, 'level' | 'onNote'> {}

/**
 * Takes what is ignored out of labels, with the mask of it as a path.
 *
 * @param stored as they are read with `labels: true`. @param rules with the mask as `openStack` takes it.
 * @param context at `level`, the mask is read as `openLabels` says, as the labels were; `onNote` is told what its reader decides.
 * @throws InvalidImageError when the mask cannot be read; InvalidImageError and InvalidOptionError as `interpretLabels`.
 */
export async function countMaskedLabels(
  stored: GreyStack,
  { ignore, ignoreMask, ignoreSections }: IgnoreRules<string>,
  { name, onLacking, level, onNote }: MaskedContext,
): Promise<CountedLabels> {
  const mask = ignoreMask && { stack: (await readSizedLabels(ignoreMask, { level, onNote })).stack, name: ignoreMask };
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
  context: LabelContext & MaskedContext,
): Promise<InterpretedLabels> {
  return interpretCounted(await countMaskedLabels(stored, options, context), options, context);
}
