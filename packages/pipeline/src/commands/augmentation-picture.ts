import { resolve } from 'node:path';
import { InvalidImageError, type GreyStack } from '@dilated-unet/core';
import { integerOption, runCommand } from '@dilated-unet/host';
import { readStack } from '@dilated-unet/stacks/node';
import { REPOSITORY } from '@dilated-unet/tools';
import { resolveDataset } from '../run/resolve-dataset.ts';
import { Command } from 'commander';
import { drawnPhantom } from '../docs/drawn-phantom.ts';
import { drawAugmentationPictures } from '../docs/augmentation-picture.ts';

/** Sections of the phantom; the middle one is shown. */
const SECTIONS = 3;

const command = new Command('npx nx run pipeline:augmentation-picture')
  .usage('[flags]')
  .description(
    'Draws the pictures of docs/augmentation.md, one per kind: a window of the phantom, and three draws of it at the\n' +
      'default amplitudes, labelled membranes outlined. With --data, of your own stack: to see whether the tissue still looks\n' +
      'like tissue.',
  )
  .option('--data <dir>', 'folder with train-volume.tif and train-labels.tif (with --output)')
  .option('--output <dir>', 'folder of the pictures (default: docs/images/augmentation of the workspace)')
  .option('--seed <integer>', 'of what is drawn', integerOption({ least: 0 }), 5)
  .allowExcessArguments(false)
  .showHelpAfterError('(--help tells what is allowed)')
  .addHelpText(
    'after',
    `
Example:
  npx nx run pipeline:augmentation-picture --data path/to/stack --output /tmp/augmentation

Paths are relative to the folder in which the command is typed.`,
  );

interface Options {
  readonly data?: string;
  readonly output?: string;
  readonly seed: number;
}

export default (): Promise<void> =>
  runCommand<Options>(command, async ({ data, output, seed }, { cwd, onProgress }) => {
    if (data !== undefined && output === undefined) {
      command.error('error: --data needs --output DIR: the workspace keeps pictures of the phantom only');
    }
    const { images, labels } =
      data === undefined ? drawnPhantom({ sections: SECTIONS, seed: 2012 }, onProgress) : await readLabelled(data, cwd);
    const paths = await drawAugmentationPictures({
      images,
      labels: { ...labels, data: Uint8Array.from(labels.data, (value) => (value > 0 ? 1 : 0)) },
      folder: output === undefined ? resolve(REPOSITORY, 'docs/images/augmentation') : resolve(cwd, output),
      seed,
      onProgress: (done, total) => onProgress({ phase: 'drawing pictures', done, total }),
    });
    return paths.join('\n');
  });

interface Labelled {
  readonly images: GreyStack;
  readonly labels: GreyStack;
}

async function readLabelled(folder: string, cwd: string): Promise<Labelled> {
  const paths = await resolveDataset({ data: folder, cwd });
  const [images, labels] = [await readStack(paths.images), await readStack(paths.labels)];
  if (images.data.length !== labels.data.length || images.width !== labels.width || images.depth !== labels.depth) {
    throw new InvalidImageError(
      `${paths.labels}: labels of another size than ${paths.images}. Each section needs one of its own size.`,
    );
  }
  return { images, labels };
}
