#!/usr/bin/env node
/**
 * `nx run pipeline:keras-original`: the original's protocol in Keras, to stand beside the trainer's; one JSON line per epoch.
 *
 * @module
 */
import { resolve } from 'node:path';
import { VARIANT_NAMES } from '@dilated-unet/core';
import { phantom, resolveDataset } from '@dilated-unet/trainer';
import { Command, InvalidArgumentError, Option } from 'commander';
import { readBesideLabels } from '../scoring/read-stacks.ts';
import { droppedByNx, type OnProgress, runCommand, writeFileAtomically } from '@dilated-unet/host';
import { setUpPaths } from '@dilated-unet/tools';
import { runKeras, type KerasData, type KerasRun } from './keras-run.ts';

interface Options extends KerasRun {
  readonly data?: string;
  readonly out?: string;
}

const argv = process.argv.slice(2);
const command = new Command('npx nx run pipeline:keras-original')
  .usage('[flags]')
  .description(
    "Trains a network as the original did (trainer:train's preset seed), but in Keras, and prints a JSON line per epoch:\n" +
      'epoch, loss, dice, valLoss, valDice, rate, stepMs. An epoch takes a minute or two on two cores.',
  )
  .option('--data <dir>', 'folder with train-volume.tif and train-labels.tif (default: the built-in phantom)')
  .addOption(new Option('--variant <name>', 'which network').choices(VARIANT_NAMES).default('unet'))
  .option('--epochs <count>', 'epochs to train', integer(1), 10)
  .option('--seed <number>', 'of weights, dropout, montages and windows', integer(0), 865)
  .option('--out <file>', 'where the lines are written as well, when all are there')
  .option('--window <pixels>', "side of a window; another than the original's is for trying out", integer(8, 8), 512)
  .option('--batch-size <count>', 'windows in a step; likewise', integer(1), 3)
  .option('--steps-per-epoch <count>', 'training steps in an epoch; likewise', integer(1), 10)
  .option('--validation-steps <count>', 'validation batches after an epoch; likewise', integer(1), 10)
  .allowExcessArguments(false)
  .showHelpAfterError('(--help tells what is allowed)')
  .addHelpText(
    'after',
    `
Examples:
  npx nx run pipeline:keras-original --data path/to/isbi-2012 --epochs 10 --out keras-original.jsonl
  npx nx run pipeline:keras-original --epochs 1 --steps-per-epoch 2 --validation-steps 1 --window 64 --batch-size 1

Paths are relative to the folder in which the command is typed.`,
  )
  .parse([...argv, ...droppedByNx(argv)], { from: 'user' });

const { data, out, ...run } = command.opts<Options>();
// Nx runs commands in the workspace's root; paths mean what they mean where the command was typed.
const cwd = process.env['INIT_CWD'] ?? process.cwd();

await runCommand(async (onProgress, signal) => {
  const stacks = await readData(onProgress);
  const { epochs: total } = run;
  const phase = 'training in Keras';
  onProgress({ phase, done: 0, total });
  const epochs = await runKeras(run, stacks, {
    python: setUpPaths().python,
    signal,
    onEpoch: (epoch) => {
      process.stdout.write(`${JSON.stringify(epoch)}\n`);
      onProgress({ phase, done: epoch.epoch, total });
    },
  });
  const lines = epochs.map((epoch) => `${JSON.stringify(epoch)}\n`).join('');
  if (out !== undefined) await writeFileAtomically(resolve(cwd, out), lines);
  return undefined;
});

async function readData(onProgress: OnProgress): Promise<KerasData> {
  if (data !== undefined) {
    const paths = await resolveDataset({ data, cwd });
    const { labels, stack } = await readBesideLabels(paths.labels, { what: 'stack of images', path: paths.images });
    return { images: stack, labels };
  }
  const { images, labels } = phantom({
    sections: 30,
    size: 512,
    seed: 2012,
    onProgress: (done, total) => onProgress({ phase: 'making the phantom', done, total }),
  });
  return { images, labels: { ...labels, data: labels.data.map((label) => (label > 0 ? 1 : 0)) } };
}

function integer(least: number, unit = 1): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (!Number.isInteger(value) || value < least || value % unit !== 0) {
      const multiple = unit === 1 ? '' : ` and a multiple of ${unit}`;
      throw new InvalidArgumentError(`It must be an integer of at least ${least}${multiple}.`);
    }
    return value;
  };
}
