/**
 * `nx run trainer:bench-metrics`: how long the metrics take, one JSON line per figure on stdout, progress on stderr.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { integerOption, machine, runCommand } from '@dilated-unet/host';
import { peerPython, REPOSITORY } from '@dilated-unet/tools';
import { Command, Option } from 'commander';
import { partitionScoresLine, SCIKIT_IMAGE, sweepLine } from '../bench/metrics.ts';
import { noisyPrediction } from '../bench/noisy-prediction.ts';
import { labelledStack } from '../scoring/labelled-stack.ts';

const [SECTIONS, SIZE, SEED] = [30, 512, 1];
const REAL = resolve(REPOSITORY, '../shared/data/isbi-2012');

const command = new Command('npx nx run trainer:bench-metrics')
  .description(
    `Times the metrics of ${SECTIONS} sections of ${SIZE} x ${SIZE} at the 11 thresholds, and the scores of given segments beside\n` +
      'those of scikit-image. The labels are those of ISBI-2012 where they are on this machine, else of the built-in phantom;\n' +
      'the prediction is made from them by seeded noise and blur. Prints one JSON line per figure.',
  )
  .option('--rounds <count>', 'times that each is measured; the median counts', integerOption({ least: 1 }), 3)
  .option('--phantom', 'the phantom, even where ISBI-2012 is there', false)
  .addOption(new Option('--no-peers', 'leave out scikit-image'))
  .addHelpText(
    'after',
    `\nThe first run installs scikit-image (300 MB) into ${SCIKIT_IMAGE.folder}; nothing else needs it.`,
  );

interface Options {
  readonly rounds: number;
  readonly phantom: boolean;
  readonly peers: boolean;
}

export default (): Promise<void> =>
  runCommand<Options>(command, async (options, { cwd, onProgress, print, signal }) => {
    const data = !options.phantom && existsSync(REAL) ? 'isbi-2012' : 'phantom';
    const figure = (line: object): void => print(JSON.stringify({ ...line, data, machine: machine() }));
    const real = data === 'phantom' ? undefined : REAL;
    const { labels } = await labelledStack({ data: real, cwd, sections: SECTIONS, seed: SEED, onProgress });
    const stacks = { labels, probabilities: noisyPrediction(labels, SEED) };
    const measuring = { rounds: options.rounds, threads: availableParallelism(), onProgress, signal };
    figure(await sweepLine(stacks, measuring));
    if (options.peers) {
      const python = await peerPython(SCIKIT_IMAGE, onProgress, signal);
      figure(await partitionScoresLine(stacks, python, measuring));
    }
  });
