/**
 * `nx run trainer:bench-augmentation`: how long a training window takes to cut and augment, one JSON line per kind on
 * stdout, progress on stderr.
 *
 * @module
 */
import { setImmediate } from 'node:timers/promises';
import { section, stackNormalisation } from '@dilated-unet/core';
import { integerOption, machine, mean, median, runCommand } from '@dilated-unet/host';
import { augmentWindow, AUGMENTATION_KINDS, phantom, stream } from '@dilated-unet/trainer';
import { Command } from 'commander';
import { kindAlways } from '../docs/augmentation-picture.ts';

const [SIZE, SEED, WARM_UP] = [512, 1, 10];

const command = new Command('npx nx run trainer:bench-augmentation')
  .description(
    'Times one training window of the phantom, one thread, without augmentation, under each kind (in every window) and\n' +
      'under all of them as training has them (tissue). Prints one JSON line per figure.',
  )
  .option('--window <pixels>', `side of a window, up to ${SIZE}`, integerOption({ least: 16, most: SIZE }), 256)
  .option(
    '--rounds <count>',
    'windows of each; the median, mean and slowest are printed',
    integerOption({ least: 3, most: 10_000 }),
    100,
  );

interface Options {
  readonly window: number;
  readonly rounds: number;
}

export default (): Promise<void> =>
  runCommand<Options>(command, async ({ window: side, rounds }, { onProgress, print, signal }) => {
    const { images, labels } = phantom({ sections: 1, size: SIZE, seed: SEED });
    const normalisation = stackNormalisation(images);
    const shown = { image: section(images, 0), labels: section(labels, 0) };
    for (const kind of ['none', ...AUGMENTATION_KINDS, 'tissue']) {
      const augmentation = kindAlways(kind);
      const times: number[] = [];
      for (let round = -WARM_UP; round < rounds; round++) {
        const random = stream(SEED, 'bench', round);
        const window = { x: random.integer(SIZE - side + 1), y: random.integer(SIZE - side + 1), side };
        const before = performance.now();
        augmentWindow(shown, window, { augmentation, normalisation, random: (name) => stream(SEED, name, round) });
        if (round >= 0) times.push(performance.now() - before);
        onProgress({ phase: kind, done: Math.max(0, round), total: rounds });
        // Lets progress out, and Ctrl-C in.
        await setImmediate();
        signal.throwIfAborted();
      }
      const milliseconds = {
        median: rounded(median(times)),
        mean: rounded(mean(times)),
        slowest: rounded(Math.max(...times)),
      };
      print(JSON.stringify({ figure: 'augmentation', kind, window: side, rounds, milliseconds, machine: machine() }));
    }
  });

function rounded(value: number): number {
  return Math.round(10 * value) / 10;
}
