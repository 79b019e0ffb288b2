#!/usr/bin/env node
/**
 * `nx run trainer:bench`: training steps of our graph beside the same network in Keras and PyTorch, one JSON line per
 * figure on stdout, progress on stderr.
 *
 * @module
 */
import { VARIANT_NAMES, type VariantName } from '@dilated-unet/core';
import { integerOption, machine, runCommand } from '@dilated-unet/host';
import { peerPython, setUpPaths, TORCH } from '@dilated-unet/tools';
import type { LeftOut } from '@dilated-unet/trainer';
import { Command, InvalidArgumentError, Option } from 'commander';
import { runProgram, trainerProgram } from '../processes.ts';
import { contestants, ours } from './contestants.ts';
import { memoryLine } from './memory.ts';
import { profile, profileTable } from './profile.ts';
import { measure, nameOf, trainStepLine, type Measured, type Measuring, type Setting } from './train-step.ts';
import { graphsToTime, rewriteLine, rewriteTable } from './rewrites.ts';

interface Options {
  readonly variant: readonly VariantName[];
  readonly size: readonly Size[];
  readonly rounds: number;
  readonly steps: number;
  readonly peers: boolean;
  /** `true` where no names are given. */
  readonly rewrites?: true | readonly string[];
  readonly listRewrites: boolean;
  readonly memory: boolean;
  readonly profile: boolean;
}

/** Source: the two settings of the network's published and quick training. */
const SIZES = '256x2,512x3';

type Size = Pick<Setting, 'size' | 'batch'>;

const command = new Command('npx nx run trainer:bench')
  .description(
    'Times a training step (forward, backward, optimizer) beside Keras (as it comes, and under our allocator and\n' +
      'thread settings) and PyTorch: fresh processes, interleaved, medians. Prints one JSON line per figure.',
  )
  .option('--variant <names>', `of ${VARIANT_NAMES.join(', ')}`, variants, ['unet', 'dilated-unet'])
  .addOption(
    new Option('--size <sizes>', 'side and batch of the windows').argParser(sizes).default(sizes(SIZES), SIZES),
  )
  .option('--rounds <count>', 'processes of each contestant', integerOption({ least: 1 }), 3)
  .option('--steps <count>', 'steps timed in each process', integerOption({ least: 1 }), 5)
  .addOption(new Option('--no-peers', 'leave out Keras and PyTorch'))
  .option(
    '--rewrites [names]',
    'instead: what each rewrite gives, by the graph as trained without it',
    (text: string) => text.split(','),
  )
  .option('--list-rewrites', 'instead: the table of all rewrites', false)
  .option('--memory', 'instead: the resident set over 1,000 steps', false)
  .option('--profile', 'instead: where the step goes, operation by operation', false)
  .addHelpText(
    'after',
    `
The first run installs PyTorch and MONAI (5 GB) into .venv-bench; nothing else needs it. A 512 x 512 setting takes 5 GB of memory.

Examples:
  npx nx run trainer:bench
  npx nx run trainer:bench --variant unet --size 256x2 --rounds 5
  npx nx run trainer:bench --rewrites --variant unet --size 256x2
  npx nx run trainer:bench --rewrites masks-drawn-late,masks-as-bytes --size 256x2 --rounds 7
  npx nx run trainer:bench --profile --variant dilated-unet --size 256x2`,
  );

await runCommand<Options>(command, async (options, { onProgress, onNote, print, signal }) => {
  const { rounds, steps } = options;
  const settings = options.variant.flatMap((variant) => options.size.map((size): Setting => ({ variant, ...size })));
  const measuring: Measuring = { rounds, steps, warmUp: 2, onProgress, signal };
  const keras = setUpPaths().python;
  const figure = (line: object): void => print(JSON.stringify({ ...line, machine: machine() }));
  if (options.listRewrites) {
    print(rewriteTable());
  } else if (options.profile) {
    for (const setting of settings) {
      const traced = await profile(setting, keras, onProgress, signal);
      onNote(profileTable(traced));
      print(JSON.stringify(traced));
    }
  } else if (options.memory) {
    for (const setting of settings) figure(await memoryLine(setting, onProgress, signal));
  } else if (options.rewrites !== undefined) {
    const wanted = options.rewrites === true ? undefined : options.rewrites;
    for (const setting of settings) {
      const leftOut = await runProgram<readonly LeftOut[]>(trainerProgram('rewrites'), setting, signal);
      const graphs = graphsToTime(leftOut, wanted);
      for (const { without, nodes } of leftOut)
        if (nodes === 0) onNote(`${without.join(', ')} changes no node of ${nameOf(setting)}: it is not measured.`);
      const contestants = [
        ours('as trained'),
        ...graphs.map(({ without }) => ours(`without ${without.join(', ')}`, without)),
      ];
      const [asTrained, ...others] = (await measure(setting, contestants, measuring)) as [Measured, ...Measured[]];
      figure(rewriteLine(setting, asTrained, asTrained));
      others.forEach((one, i) => figure(rewriteLine(setting, one, asTrained, graphs[i])));
    }
  } else {
    const peers = options.peers
      ? contestants({ keras, torch: await peerPython(TORCH, onProgress, signal) })
      : [ours('ours')];
    for (const setting of settings) {
      figure(trainStepLine(setting, await measure(setting, peers, measuring)));
    }
  }
});

function variants(text: string): readonly VariantName[] {
  return text.split(',').map((name) => {
    const known = VARIANT_NAMES.find((variant) => variant === name);
    if (known === undefined) throw new InvalidArgumentError(`Allowed are ${VARIANT_NAMES.join(', ')}.`);
    return known;
  });
}

function sizes(text: string): readonly Size[] {
  return text.split(',').map((part) => {
    const [size = Number.NaN, batch = Number.NaN] = part.split('x').map(Number);
    if (size >= 32 && size % 8 === 0 && batch >= 1) return { size, batch };
    throw new InvalidArgumentError('It must be like 256x2: the side, a multiple of 8 from 32, and the batch.');
  });
}
