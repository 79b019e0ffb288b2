/**
 * `nx run pipeline:keras-original`: the original's protocol in Keras, to stand beside the trainer's; one JSON line per epoch.
 *
 * @module
 */
import { resolve } from 'node:path';
import { VARIANT_NAMES } from '@dilated-unet/core';
import { integerOption, requireWritable, runCommand, writeFileAtomically } from '@dilated-unet/host';
import { Command, Option } from 'commander';
import { labelFlags, type LabelFlags } from '../command-line/label-kind.ts';
import { labelledStack } from '../scoring/labelled-stack.ts';
import { setUpPaths } from '@dilated-unet/tools';
import { runKeras, type KerasRun } from '../keras-original/keras-run.ts';

interface Options extends KerasRun, LabelFlags {
  readonly data?: string;
  readonly out?: string;
}

const command = new Command('npx nx run pipeline:keras-original')
  .description(
    "Trains a network as the original did (trainer:train's preset original), but in Keras, and prints a JSON line per epoch:\n" +
      'epoch, loss, dice, valLoss, valDice, rate, stepMs. An epoch takes a minute or two on two cores.',
  )
  .option('--data <dir>', 'folder with train-volume.tif and train-labels.tif (default: the built-in phantom)')
  .addOption(new Option('--variant <name>', 'which network').choices(VARIANT_NAMES).default('unet'))
  .option('--epochs <count>', 'epochs to train', integerOption({ least: 1 }), 10)
  .option('--seed <number>', 'of weights, dropout, montages and windows', integerOption({ least: 0 }), 865)
  .option('--out <file>', 'where the lines are written as well, when all are there')
  .option(
    '--window <pixels>',
    "side of a window; another than the original's is for trying out",
    integerOption({ least: 8, multipleOf: 8 }),
    512,
  )
  .option('--batch-size <count>', 'windows in a step; likewise', integerOption({ least: 1 }), 3)
  .option('--steps-per-epoch <count>', 'training steps in an epoch; likewise', integerOption({ least: 1 }), 10)
  .option('--validation-steps <count>', 'validation batches after an epoch; likewise', integerOption({ least: 1 }), 10)
  .addHelpText(
    'after',
    `
Examples:
  npx nx run pipeline:keras-original --data path/to/isbi-2012 --epochs 10 --out keras-original.jsonl
  npx nx run pipeline:keras-original --epochs 1 --steps-per-epoch 2 --validation-steps 1 --window 64 --batch-size 1

Paths are relative to the folder in which the command is typed.`,
  );

for (const flag of labelFlags()) command.addOption(flag);

export default (): Promise<void> =>
  runCommand<Options>(
    command,
    async ({ data, labelKind, boundaryWidth, out, ...run }, terminal) => {
      const { cwd, onProgress, onNote, print, signal } = terminal;
      if (out !== undefined) await requireWritable(resolve(cwd, out), 'out');
      const how = { labelKind, boundaryWidth };
      const { warnings, note, ...stacks } = await labelledStack({
        ...how,
        data,
        cwd,
        sections: 30,
        seed: 2012,
        onProgress,
      });
      if (note !== null) onNote(note);
      for (const warning of warnings) onNote(`warning: ${warning}`);
      const { epochs: total } = run;
      const phase = 'training in Keras';
      onProgress({ phase, done: 0, total });
      const epochs = await runKeras(run, stacks, {
        python: setUpPaths().python,
        signal,
        onEpoch: (epoch) => {
          print(JSON.stringify(epoch));
          onProgress({ phase, done: epoch.epoch, total });
        },
      });
      const lines = epochs.map((epoch) => `${JSON.stringify(epoch)}\n`).join('');
      if (out !== undefined) await writeFileAtomically(resolve(cwd, out), lines);
    },
    { once: ['data'] },
  );
