import type { GreyStack } from '@dilated-unet/core';
import type { OnProgress } from '@dilated-unet/host';
import { phantom, type PhantomOptions } from '@dilated-unet/trainer';
import { resolveDataset } from '../run/resolve-dataset.ts';
import { readBesideLabels, sharedLabels, type ComparedStacks } from './read-stacks.ts';

export interface LabelledStackOptions extends Pick<PhantomOptions, 'sections' | 'seed'> {
  /** Folder with train-volume and train-labels. @default a phantom of 512 x 512 pixels, `sections` of it from `seed` */
  readonly data?: string | undefined;
  readonly cwd: string;
  readonly onProgress: OnProgress;
}

/**
 * @returns raw grey values, and their labels in shared memory: 1 interior, 0 membrane.
 * @throws InvalidOptionError, InvalidImageError as `resolveDataset` and `readBesideLabels`.
 */
export async function labelledStack({
  data,
  cwd,
  onProgress,
  ...options
}: LabelledStackOptions): Promise<{ readonly images: GreyStack; readonly labels: ComparedStacks['labels'] }> {
  if (data !== undefined) {
    const paths = await resolveDataset({ data, cwd });
    const { labels, stack } = await readBesideLabels(paths.labels, { what: 'stack of images', path: paths.images });
    return { images: stack, labels };
  }
  const drawn = (done: number, total: number): void => onProgress({ phase: 'drawing the phantom', done, total });
  const { images, labels } = phantom({ ...options, size: 512, onProgress: drawn });
  return { images, labels: sharedLabels(labels, 'phantom') };
}
