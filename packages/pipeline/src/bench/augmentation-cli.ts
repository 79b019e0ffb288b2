#!/usr/bin/env node
/**
 * `nx run trainer:bench-augmentation`: how long a training window takes to cut and augment, one JSON line per kind on
 * stdout, progress on stderr.
 *
 * @module
 */
import { section, stackNormalisation } from '@dilated-unet/core';
import { augmentWindow, AUGMENTATION_KINDS, parseAugmentation, phantom, stream } from '@dilated-unet/trainer';
import { Command, InvalidArgumentError } from 'commander';
import { machine, median, progressDisplay } from '@dilated-unet/host';

const [SIZE, SEED, WARM_UP] = [512, 1, 10];

const command = new Command('npx nx run trainer:bench-augmentation')
  .usage('[flags]')
  .description(
    'Times one training window of the phantom, one thread, without augmentation, under each kind (in every window) and\n' +
      'under all of them as training has them (tissue). Prints one JSON line per figure.',
  )
  .option('--window <pixels>', `side of a window, up to ${SIZE}`, (text) => integer(text, 16, SIZE), 256)
  .option(
    '--rounds <count>',
    'windows of each; the median, mean and slowest are printed',
    (text) => integer(text, 3, 10_000),
    100,
  )
  .allowExcessArguments(false)
  .showHelpAfterError('(--help tells what is allowed)')
  .parse();

const { window: side, rounds } = command.opts<{ readonly window: number; readonly rounds: number }>();
const display = progressDisplay(process.stderr);
const { images, labels } = phantom({ sections: 1, size: SIZE, seed: SEED });
const normalisation = stackNormalisation(images);
const shown = { image: section(images, 0), labels: section(labels, 0) };
const machineUsed = machine();

for (const name of ['none', ...AUGMENTATION_KINDS, 'tissue']) {
  const augmentation = parseAugmentation(name);
  if (name !== 'tissue') {
    for (const amplitude of Object.values(augmentation)) {
      if (typeof amplitude === 'object' && 'probability' in amplitude) amplitude.probability = 1;
    }
  }
  const times: number[] = [];
  for (let round = -WARM_UP; round < rounds; round++) {
    const random = stream(SEED, 'bench', round);
    const window = { x: random.integer(SIZE - side + 1), y: random.integer(SIZE - side + 1), side };
    const before = performance.now();
    augmentWindow(shown, window, { augmentation, normalisation, random: (kind) => stream(SEED, kind, round) });
    if (round >= 0) times.push(performance.now() - before);
    display.show({ phase: name, done: Math.max(0, round), total: rounds });
  }
  display.finish();
  const milliseconds = {
    median: rounded(median(times)),
    mean: rounded(times.reduce((sum, time) => sum + time, 0) / rounds),
    slowest: rounded(Math.max(...times)),
  };
  console.log(
    JSON.stringify({ figure: 'augmentation', kind: name, window: side, rounds, milliseconds, machine: machineUsed }),
  );
}

function rounded(value: number): number {
  return Math.round(10 * value) / 10;
}

function integer(text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new InvalidArgumentError(`It must be an integer from ${least} to ${most}.`);
}
