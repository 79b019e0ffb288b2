import { InvalidOptionError } from '@dilated-unet/core';
import type { OnProgress } from '@dilated-unet/host';
import { binaryLabels, type LabelKind } from '@dilated-unet/stacks';
import { phantom, type PhantomOptions } from '@dilated-unet/trainer';
import { resolveDataset } from '../run/resolve-dataset.ts';
import { readLabelledImages, sharedLabels, type LabelledImages } from './read-stacks.ts';

export interface LabelledStackOptions extends Pick<PhantomOptions, 'sections' | 'seed'> {
  /** Folder with train-volume and train-labels. @default a phantom of 512 x 512 pixels, `sections` of it from `seed` */
  readonly data?: string | undefined;
  /** What the other value than 0 stands for in the labels of `data`. @default interior */
  readonly labelKind?: LabelKind | undefined;
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
  cwd,
  onProgress,
  ...options
}: LabelledStackOptions): Promise<LabelledImages> {
  if (data !== undefined) return readLabelledImages(await resolveDataset({ data, cwd }), { labelKind });
  if (labelKind === 'membrane') {
    throw new InvalidOptionError(
      'labelKind',
      'must be interior with the built-in phantom, whose labels are that',
      labelKind,
    );
  }
  const drawn = (done: number, total: number): void => onProgress({ phase: 'drawing the phantom', done, total });
  const { images, labels } = phantom({ ...options, size: 512, onProgress: drawn });
  return { images, labels: sharedLabels(binaryLabels(labels, 'the phantom')), warnings: [] };
}
