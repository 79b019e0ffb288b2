import { InvalidOptionError } from '@dilated-unet/core';
import type { OnProgress } from '@dilated-unet/host';
import { binaryLabels, type LabelOptions } from '@dilated-unet/stacks';
import { phantom, type PhantomOptions } from '@dilated-unet/trainer';
import { resolveDataset } from '../run/resolve-dataset.ts';
import { readLabelledImages, sharedLabels, type LabelledImages } from './read-stacks.ts';

export interface LabelledStackOptions extends Pick<PhantomOptions, 'sections' | 'seed'>, LabelOptions {
  /** Folder with train-volume and train-labels. @default a phantom of 512 x 512 pixels, `sections` of it from `seed` */
  readonly data?: string | undefined;
  readonly cwd: string;
  readonly onProgress: OnProgress;
}

/**
 * @returns raw grey values, and their labels in shared memory: 1 interior, 0 membrane.
 * @throws InvalidOptionError, InvalidImageError as `resolveDataset` and `readLabelledImages`.
 */
export async function labelledStack({
  data,
  labelKind,
  boundaryWidth,
  cwd,
  onProgress,
  ...options
}: LabelledStackOptions): Promise<LabelledImages> {
  if (data !== undefined) return readLabelledImages(await resolveDataset({ data, cwd }), { labelKind, boundaryWidth });
  if (labelKind === 'membrane' || labelKind === 'instances') {
    throw new InvalidOptionError(
      'labelKind',
      'must be auto or interior with the built-in phantom, whose labels are the latter',
      labelKind,
    );
  }
  const drawn = (done: number, total: number): void => onProgress({ phase: 'drawing the phantom', done, total });
  const { images, labels } = phantom({ ...options, size: 512, onProgress: drawn });
  const shared = sharedLabels(binaryLabels(labels, 'the phantom'));
  return { images, labels: shared, warnings: [], labelKind: 'interior', note: null };
}
