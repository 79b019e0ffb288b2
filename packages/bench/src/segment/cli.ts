#!/usr/bin/env node
/**
 * `nx run runtime-node:bench`: what the segmentation does on this machine, in sections and large images, or on a stack beside its
 * peers; one JSON line per figure on stdout, progress on stderr.
 *
 * @module
 */
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { integerOption, machine, runCommand } from '@dilated-unet/host';
import { peerPython, setUpPaths, TORCH } from '@dilated-unet/tools';
import { Command, Option } from 'commander';
import { benchSections } from './sections.ts';
import { benchStack } from './stack.ts';

interface Options {
  readonly model?: string;
  readonly size: number;
  readonly tiles: readonly number[];
  readonly rounds: number;
  readonly threads: number;
  readonly stack?: string;
  readonly peers: boolean;
}

const count = integerOption({ least: 1 });

const command = new Command('npx nx run runtime-node:bench')
  .description(
    'Times a model on this machine: a 512 x 512 section, and a large image at several tile sizes; or a whole stack beside\n' +
      'session.run of ONNX Runtime alone, Keras (tf.function), PyTorch and the sliding windows of MONAI.',
  )
  .option('--model <path>', 'package or ONNX file (default: the model in the box)')
  .option('--size <pixels>', 'side of the large image', count, 2048)
  .option(
    '--tiles <sides>',
    'tile sizes to compare on the large image, beside the default',
    (text: string) => text.split(',').map(count),
    [512, 768, 1024],
  )
  .option('--rounds <count>', 'processes of each case', count, 3)
  .option('--threads <count>', 'threads of one operation', count, availableParallelism())
  .option('--stack <path>', 'instead: a stack with the command and its peers; sections of up to 1536 x 1536')
  .addOption(new Option('--no-peers', 'of a stack: leave out Keras, PyTorch and MONAI'))
  .addHelpText(
    'after',
    `
On a stack, ours is all that runtime-node:segment does once the model is loaded, reading and writing included; the others are
given z-scores in memory and only predict. over is the throughput over that of each other: the median of the quotients of a
round. Differences are beside session.run on whole sections. MONAI, which takes longest, is given three sections. The peers
need a package of a network as published; the first run installs PyTorch and MONAI (5 GB) into .venv-bench.

Examples:
  npx nx run runtime-node:bench --model runs/a/model.onnx --size 2048 --tiles 512,1024
  npx nx run runtime-node:bench --model runs/NAME/package.zip --stack stack.tif`,
  );

await runCommand<Options>(command, async (options, { cwd, onProgress, print, signal }) => {
  const { stack, rounds, threads } = options;
  const box = createRequire(import.meta.url).resolve('@dilated-unet/models/isbi-2012.zip');
  const model = options.model === undefined ? box : resolve(cwd, options.model);
  const measuring = {
    ...{ model, rounds, threads, onProgress, signal },
    figure: (line: object) => print(JSON.stringify({ ...line, machine: machine() })),
  };
  if (stack === undefined) return benchSections({ ...measuring, size: options.size, tiles: options.tiles });
  const pythons = async () => ({ keras: setUpPaths().python, torch: await peerPython(TORCH, onProgress, signal) });
  return benchStack({ ...measuring, input: resolve(cwd, stack), pythons: options.peers ? pythons : null });
});
