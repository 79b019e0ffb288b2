#!/usr/bin/env node
/**
 * `nx run trainer:bench`: training steps of our graph beside the same network in Keras and PyTorch, one JSON line per
 * figure on stdout, progress on stderr.
 *
 * @module
 */
import { isDilatedUnetError, VARIANT_NAMES, type VariantName } from '@dilated-unet/core';
import { REWRITES } from '@dilated-unet/trainer';
import { Command, InvalidArgumentError, Option } from 'commander';
import { setUpPaths } from '../setup/paths.ts';
import { machine, progressDisplay } from '@dilated-unet/host';
import { contestants, ours } from './contestants.ts';
import { convRate } from './conv-rate.ts';
import { memoryLine } from './memory.ts';
import { profile, profileTable } from './profile.ts';
import { measure, trainStepLine, type Measuring, type Setting } from './train-step.ts';
import { rewriteLine, rewriteSets } from './rewrite-gains.ts';
import { torchPython } from './torch-environment.ts';

interface Options {
  readonly variant: readonly VariantName[];
  readonly size: readonly string[];
  readonly rounds: number;
  readonly steps: number;
  readonly peers: boolean;
  readonly rewrites: boolean;
  readonly memory: boolean;
  readonly profile: boolean;
}

/** Source: the two settings of the network's published and quick training. */
const SIZES = ['256x2', '512x3'];

const command = new Command('npx nx run trainer:bench')
  .usage('[flags]')
  .description(
    'Times a training step (forward, backward, optimizer) beside Keras (as it comes, and under our allocator and\n' +
      'thread settings) and PyTorch: fresh processes by turns, medians. Prints one JSON line per figure.',
  )
  .option('--variant <names>', `of ${VARIANT_NAMES.join(', ')}`, variants, ['unet', 'dilated-unet'])
  .option('--size <sizes>', 'side and batch of the windows', sizes, SIZES)
  .option('--rounds <count>', 'processes of each contestant', count, 3)
  .option('--steps <count>', 'steps timed in each process', count, 5)
  .addOption(new Option('--no-peers', 'leave out Keras and PyTorch'))
  .option('--rewrites', 'instead: what each rewrite of the graph gives', false)
  .option('--memory', 'instead: the resident set over 1,000 steps', false)
  .option('--profile', 'instead: where the step goes, operation by operation', false)
  .allowExcessArguments(false)
  .showHelpAfterError('(--help tells what is allowed)')
  .addHelpText(
    'after',
    `
The first run installs PyTorch (5 GB) into .venv-bench; nothing else needs it. A 512 x 512 setting takes 5 GB of memory.

Examples:
  npx nx run trainer:bench
  npx nx run trainer:bench --variant unet --size 256x2 --rounds 5
  npx nx run trainer:bench --rewrites --variant unet --size 256x2
  npx nx run trainer:bench --profile --variant dilated-unet --size 256x2`,
  )
  .parse();

const options = command.opts<Options>();
const controller = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => controller.abort(new Error('Stopped.')));
const display = progressDisplay(process.stderr);
const print = (figure: object): void => {
  display.finish();
  process.stdout.write(`${JSON.stringify(figure)}\n`);
};

try {
  const { signal } = controller;
  const settings = options.variant.flatMap((variant) =>
    options.size.map((text): Setting => ({ variant, ...sized(text) })),
  );
  const measuring: Measuring = {
    rounds: options.rounds,
    steps: options.steps,
    warmUp: 2,
    onProgress: display.show,
    signal,
  };
  const keras = setUpPaths().python;
  if (options.profile) {
    for (const setting of settings) {
      const figure = await profile(setting, keras, display.show, signal);
      display.finish();
      process.stderr.write(`${profileTable(figure)}\n`);
      print(figure);
    }
  } else if (options.memory) {
    for (const setting of settings) print({ ...(await memoryLine(setting, display.show, signal)), machine: machine() });
  } else if (options.rewrites) {
    for (const setting of settings) {
      const sets = rewriteSets([...REWRITES.keys()]);
      const measured = await measure(
        setting,
        sets.map(({ name, rewrites }) => ours(name, rewrites)),
        measuring,
      );
      for (const one of measured) print({ ...rewriteLine(setting, one, measured[0]!), machine: machine() });
    }
  } else {
    display.show({ phase: 'measuring the rate of convolutions' });
    const { gflops } = await convRate(signal);
    const peers = options.peers
      ? contestants({ keras, torch: await torchPython(display.show, signal) })
      : [ours('ours')];
    for (const setting of settings) {
      print({
        ...trainStepLine(setting, await measure(setting, peers, measuring), gflops),
        gflops,
        machine: machine(),
      });
    }
  }
} catch (error) {
  display.finish();
  if (!controller.signal.aborted && !isDilatedUnetError(error)) throw error;
  process.stderr.write(`${controller.signal.aborted ? 'Stopped.' : (error as Error).message}\n`);
  process.exitCode = controller.signal.aborted ? 130 : 1;
}

function variants(text: string): readonly VariantName[] {
  return text.split(',').map((name) => {
    const known = VARIANT_NAMES.find((variant) => variant === name);
    if (known === undefined) throw new InvalidArgumentError(`Allowed are ${VARIANT_NAMES.join(', ')}.`);
    return known;
  });
}

function sizes(text: string): readonly string[] {
  const parts = text.split(',');
  for (const part of parts) {
    const { size, batch } = sized(part);
    if (!(size >= 32 && size % 8 === 0 && batch >= 1)) {
      throw new InvalidArgumentError('It must be like 256x2: the side, a multiple of 8 from 32, and the batch.');
    }
  }
  return parts;
}

function sized(text: string): { size: number; batch: number } {
  const [size, batch] = text.split('x').map(Number);
  return { size: size ?? Number.NaN, batch: batch ?? Number.NaN };
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('It must be an integer of at least 1.');
  return value;
}
