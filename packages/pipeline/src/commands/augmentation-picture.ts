import { resolve } from 'node:path';
import { integerOption, runCommand } from '@dilated-unet/host';
import { REPOSITORY } from '@dilated-unet/tools';
import { Command } from 'commander';
import { drawAugmentationPictures } from '../docs/augmentation-picture.ts';
import { labelledStack } from '../scoring/labelled-stack.ts';

/** Sections of the phantom; the middle one is shown. */
const SECTIONS = 3;

const command = new Command('npx nx run pipeline:augmentation-picture')
  .description(
    'Draws the pictures of docs/augmentation.md, one per kind: a window of the phantom, and three draws of it at the\n' +
      'default amplitudes, labelled membranes outlined. With --data, of your own stack: to see whether the tissue still looks\n' +
      'like tissue.',
  )
  .option('--data <dir>', 'folder with train-volume.tif and train-labels.tif (with --output)')
  .option('--output <dir>', 'folder of the pictures (default: docs/images/augmentation of the workspace)')
  .option('--seed <integer>', 'of what is drawn', integerOption({ least: 0 }), 5)
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
    const paths = await drawAugmentationPictures({
      ...(await labelledStack({ data, cwd, sections: SECTIONS, seed: 2012, onProgress })),
      folder: output === undefined ? resolve(REPOSITORY, 'docs/images/augmentation') : resolve(cwd, output),
      seed,
      onProgress: (done, total) => onProgress({ phase: 'drawing pictures', done, total }),
    });
    return paths.join('\n');
  });
