import { resolve } from 'node:path';
import { integerOption, runCommand } from '@dilated-unet/host';
import { REPOSITORY } from '@dilated-unet/tools';
import { Command } from 'commander';
import { drawPhantomPicture } from '../docs/phantom-picture.ts';

const command = new Command('pipeline:phantom-picture')
  .description(
    'Draws docs/images/phantom.png: part of a real section beside a section of the phantom, their labels beneath. ' +
      'Prints how the two stacks compare, as in docs/phantom.md.',
  )
  .option(
    '--data <dir>',
    'folder with train-volume.tif and train-labels.tif of ISBI-2012 ' +
      '(default: ../shared/data/isbi-2012, seen from the workspace)',
  )
  .option('--output <png>', 'where the picture goes (default: docs/images/phantom.png of the workspace)')
  .option('--seed <integer>', 'seed of the phantom', integerOption({ least: 0 }), 2012);

interface Options {
  readonly data?: string;
  readonly output?: string;
  readonly seed: number;
}

export default (): Promise<void> =>
  runCommand<Options>(command, async ({ data, output, seed }, { cwd, onProgress }) => {
    const picture = output === undefined ? resolve(REPOSITORY, 'docs/images/phantom.png') : resolve(cwd, output);
    const source = data === undefined ? resolve(REPOSITORY, '../shared/data/isbi-2012') : resolve(cwd, data);
    return `${await drawPhantomPicture({ data: source, output: picture, seed, onProgress })}\n\nPicture: ${picture}`;
  });
