import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeTiffStack } from '@dilated-unet/stacks';
import { phantom } from '@dilated-unet/trainer';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Words that start the experiment command. */
export const EXPERIMENT = [join(ROOT, 'packages/pipeline/bin/run.js'), 'experiment'] as const;

/** Flags of the smallest experiment: two trials of a step or two. */
export const TWO_TRIALS = [
  ...['--variants', 'unet,unet-a', '--hold-out', '2'],
  ...['--window', '32', '--batch-size', '1', '--steps-per-epoch', '1', '--calibration-windows', '0'],
];

/** Writes a labelled stack of six sections of 96 x 96 pixels into `folder`. */
export async function writeSmallStack(folder: string): Promise<void> {
  const { images, labels } = phantom({ sections: 6, size: 96, seed: 2012 });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'train-volume.tif'), await encodeTiffStack(images));
  await writeFile(join(folder, 'train-labels.tif'), await encodeTiffStack(labels));
}
