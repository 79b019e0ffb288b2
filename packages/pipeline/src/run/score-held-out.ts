import { join } from 'node:path';
import type { Offset } from '@dilated-unet/core';
import { readStacks } from '../scoring/read-stacks.ts';
import type { Report } from '../scoring/report.ts';
import { scorePrediction } from '../scoring/score-stack.ts';
import type { Reporter } from './services.ts';

/**
 * The scores of a run on its held-out sections, as `trainer:evaluate` prints them for the same files.
 *
 * @param run its folder, and where labels lie beside the images. @param prediction probabilities, in that folder.
 * @throws InvalidImageError where a section has no cell interior, so that nothing can be compared.
 */
export async function scoreHeldOut(
  { folder, labelOffset }: { readonly folder: string; readonly labelOffset: Offset | null },
  prediction: string,
  { onProgress, signal }: Reporter,
): Promise<Report> {
  const paths = { labels: join(folder, 'held-out/labels.tif'), prediction: join(folder, prediction) };
  const phase = 'scoring the held-out sections';
  return scorePrediction(
    await readStacks(paths),
    { labelOffset },
    { signal, onSection: (done, total) => onProgress({ phase, done, total }) },
  );
}
