import type { GreyData } from '@dilated-unet/core';

/**
 * The value of pixels that neither a loss nor a score counts: beside 0 (membrane) and 1 (interior) in labels that were read, and
 * beside 0 and 255 in the files of a run. As far from both, it is grey where it is looked at.
 */
export const IGNORED = 128;

/** Whether no pixel of a section of labels counts. */
export function isIgnored(labels: GreyData): boolean {
  return labels.every((value) => value === IGNORED);
}
