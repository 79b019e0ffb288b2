import type { GreyData, GreyStack } from '@dilated-unet/core';
import { sectionsWhere } from '../checks.ts';
import { countedText } from './ignore-text.ts';

/**
 * The value of pixels that neither a loss nor a score counts: beside 0 (membrane) and 1 (interior) in labels that were read, and
 * beside 0 and 255 in the files of a run. As far from both, it is grey where it is looked at.
 */
export const IGNORED = 128;

/** Whether no pixel of a section of labels counts. */
export function isIgnored(labels: GreyData): boolean {
  return labels.every((value) => value === IGNORED);
}

/**
 * How much of partial labels counts, and which sections are passed over, for the user; nothing where every pixel counts.
 *
 * @param labels as `interpretLabels` gives them. @param name how messages name them.
 */
export function ignoredNote(labels: GreyStack, name: string): readonly string[] {
  if (!labels.data.includes(IGNORED)) return [];
  let counted = 0;
  for (let i = 0; i < labels.data.length; i++) if (labels.data[i] !== IGNORED) counted++;
  return [countedText(name, counted / labels.data.length, sectionsWhere(labels, isIgnored))];
}
