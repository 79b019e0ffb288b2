#!/usr/bin/env node
import { resolve } from 'node:path';
import { InvalidImageError, isDilatedUnetError, type GreyStack } from '@dilated-unet/core';
import { readStack } from '@dilated-unet/runtime-node';
import { phantom, resolveDataset } from '@dilated-unet/trainer';
import { Command, InvalidArgumentError } from 'commander';
import { REPOSITORY } from '@dilated-unet/tools';
import { progressDisplay } from '@dilated-unet/host';
import { drawAugmentationPictures } from './augmentation-picture.ts';

// Nx runs this in another folder than the one in which the command was typed.
const cwd = process.env['INIT_CWD'] ?? process.cwd();
/** Sections of the phantom; the middle one is shown. */
const SECTIONS = 3;

const program = new Command('npx nx run pipeline:augmentation-picture')
  .usage('[flags]')
  .description(
    'Draws the pictures of docs/augmentation.md, one per kind: a window of the phantom, and three draws of it at the\n' +
      'default amplitudes, labelled membranes outlined. With --data, of your own stack: to see whether the tissue still looks\n' +
      'like tissue.',
  )
  .option('--data <dir>', 'folder with train-volume.tif and train-labels.tif (with --output)')
  .option('--output <dir>', 'folder of the pictures (default: docs/images/augmentation of the workspace)')
  .option('--seed <integer>', 'of what is drawn', parseSeed, 5)
  .allowExcessArguments(false)
  .showHelpAfterError('(--help tells what is allowed)')
  .addHelpText(
    'after',
    `
Example:
  npx nx run pipeline:augmentation-picture --data path/to/stack --output /tmp/augmentation

Paths are relative to the folder in which the command is typed.`,
  )
  .parse();

const { data, output, seed } = program.opts<{ data?: string; output?: string; seed: number }>();
if (data !== undefined && output === undefined) {
  program.error('error: --data needs --output DIR: the workspace keeps pictures of the phantom only');
}
const folder = output === undefined ? resolve(REPOSITORY, 'docs/images/augmentation') : resolve(cwd, output);
const display = progressDisplay(process.stderr);

try {
  const { images, labels } = data === undefined ? shownPhantom() : await readLabelled(data);
  const binary = { ...labels, data: Uint8Array.from(labels.data, (value) => (value > 0 ? 1 : 0)) };
  const paths = await drawAugmentationPictures({
    images,
    labels: binary,
    folder,
    seed,
    onProgress: (done, total) => display.show({ phase: 'Pictures', done, total }),
  });
  display.finish();
  console.log(paths.join('\n'));
} catch (error) {
  display.finish();
  if (!isDilatedUnetError(error)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

interface Labelled {
  readonly images: GreyStack;
  readonly labels: GreyStack;
}

function shownPhantom(): Labelled {
  return phantom({
    sections: SECTIONS,
    size: 512,
    seed: 2012,
    onProgress: (done, total) => display.show({ phase: 'Phantom', done, total }),
  });
}

async function readLabelled(folder: string): Promise<Labelled> {
  const paths = await resolveDataset({ data: folder, cwd });
  const [images, labels] = [await readStack(paths.images), await readStack(paths.labels)];
  if (images.data.length !== labels.data.length || images.width !== labels.width || images.depth !== labels.depth) {
    throw new InvalidImageError(
      `${paths.labels}: labels of another size than ${paths.images}. Each section needs one of its own size.`,
    );
  }
  return { images, labels };
}

function parseSeed(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('It must be an integer of 0 or more.');
  return Number(text);
}
