#!/usr/bin/env node
import { resolve } from 'node:path';
import { isDilatedUnetError } from '@dilated-unet/core';
import { Command, InvalidArgumentError } from 'commander';
import { drawPhantomPicture } from './phantom-picture.ts';

const root = resolve(import.meta.dirname, '../../..');
// Nx runs this in another folder than the one in which the command was typed.
const cwd = process.env['INIT_CWD'] ?? process.cwd();

const program = new Command('pipeline:phantom-picture')
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
  .option('--seed <integer>', 'seed of the phantom', parseSeed, 2012)
  .allowExcessArguments(false)
  .showHelpAfterError('(--help tells what is allowed)')
  .parse();

const { data, output, seed } = program.opts<{ data?: string; output?: string; seed: number }>();
const target = output === undefined ? resolve(root, 'docs/images/phantom.png') : resolve(cwd, output);

try {
  const source = data === undefined ? resolve(root, '../shared/data/isbi-2012') : resolve(cwd, data);
  console.log(await drawPhantomPicture({ data: source, output: target, seed }));
  console.log(`\nPicture: ${target}`);
} catch (error) {
  if (!isDilatedUnetError(error)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

function parseSeed(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('It must be an integer of 0 or more.');
  return Number(text);
}
