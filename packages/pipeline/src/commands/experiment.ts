/**
 * `nx run trainer:experiment`: trains networks under a protocol, trial by trial, and reports what they find.
 *
 * @module
 */
import { basename, dirname, resolve } from 'node:path';
import { VARIANT_NAMES } from '@dilated-unet/core';
import { runInTerminal } from '@dilated-unet/host';
import { type ConfigField, type ConfigOverrides } from '@dilated-unet/trainer';
import { namedStack } from '../run/resolve-dataset.ts';
import { z } from 'zod';
import { DEVICE, deviceChoice } from '../command-line/device.ts';
import { SELECTION } from '../command-line/selection.ts';
import { flagNames, flags, flagsOf, text } from '../command-line/flags.ts';
import { parseCommand, type Parsed } from '../command-line/parse.ts';
import { presetList } from '../command-line/presets.ts';
import { commandLine } from '../command-line/shell.ts';
import type { ReadingWatcher } from '../experiment/data.ts';
import { describeExperiment, taskOf, type ExperimentRequest } from '../experiment/request.ts';
import { PROTOCOLS } from '../experiment/results.ts';
import { withInitialModel } from '../run/initial-model.ts';
import { runExperiment } from '../experiment/run-experiment.ts';
import { writeReport } from '../report/write-report.ts';
import { realServices } from '../run/services.ts';
import { TRAINED } from './train.ts';

const COMMAND = 'npx nx run trainer:experiment';
const [experiment, data, run] = [flags('experiment'), flags('data'), flags('run')];
const toggle = (typed: string, help: string) => run(z.literal(true).optional(), typed, help);

const OWN = z.strictObject({
  protocol: experiment(z.string().optional(), '--protocol NAME', `one of ${PROTOCOLS.join(', ')} (default: holdout)`),
  variants: experiment(
    text(),
    '--variants NAMES',
    `networks, separated by commas (default: ${VARIANT_NAMES.join(',')})`,
  ),
  holdOut: experiment(
    z.int().optional(),
    '--hold-out N',
    'holdout: last N sections held out (default: a fifth of them)',
  ),
  folds: experiment(z.int().optional(), '--folds N', 'kfold: blocks of sections, each held out in turn (default: 5)'),
  seeds: experiment(
    z.int().optional(),
    '--seeds N',
    'runs of each network and fold, with --seed and the numbers after it (default: 1)',
  ),
  symmetries: experiment(
    z.literal(true).optional(),
    '--symmetries',
    'score the mean prediction over the eight symmetries of the square as well',
  ),
  data: data(text(), '--data DIR', 'folder with train-volume, train-labels and, if any, test-volume; one stack'),
  labelName: data(
    text(),
    '--label-name NAME',
    'its labels, by their name in the OME-Zarr that train-volume is; in place of train-labels',
  ),
  ignoreMask: data(
    text(),
    '--ignore-mask PATH',
    'a stack of the size of the labels: pixels above 0 neither the loss nor a score counts',
  ),
  ...SELECTION,
  preset: TRAINED.preset,
  out: run(text(), '--out DIR', 'folder of the experiment (default: runs/experiment-PROTOCOL-DATA)'),
  shard: run(text(), '--shard I/N', 'train every N-th trial from the I-th only, and write no report'),
  collect: toggle('--collect', 'train nothing; write the report from what is in --out'),
  list: toggle('--list', 'train nothing; print the trials and how far they are'),
  ...DEVICE,
});
type Own = z.output<typeof OWN>;

/** What says where and how an experiment is run, and not which one it is. */
const NOT_ITS_OWN: readonly string[] = [
  'data',
  'labelName',
  'ignoreMask',
  'out',
  'shard',
  'collect',
  'list',
  'gpu',
  'requireGpu',
];

/** How images and labels are read; what is held out is the protocol's. */
const OF_DATA: readonly string[] = [
  'labelKind',
  'boundaryWidth',
  'ignore',
  'ignoreSections',
  'pixelSize',
  'dataPixelSize',
];

const takes = ({ path, text: flag }: ConfigField): boolean =>
  OF_DATA.includes(path) || (flag?.group === 'training' && path !== 'sampling');

/** The flag of a field that an error names. */
export const experimentFlagOf = flagNames(OWN);

/** All flags of the command, in the order of its help. */
export const EXPERIMENT_FLAGS = flagsOf(OWN, takes);

/** Reads the flags of the command. @throws DilatedUnetError as `parseCommand`. */
export function parseExperiment(argv: readonly string[]): Parsed<Own> {
  const description =
    'Compares networks: trains each of them (on each fold, with each seed), exports and scores every run, and writes ' +
    'a report. Started again, the same command goes on where it was stopped.';
  return parseCommand({ name: COMMAND, description, own: OWN, takes, epilogue: epilogue() }, argv);
}

/**
 * What the flags ask for.
 *
 * @param argv as typed after the command. @param cwd folder against which relative paths are resolved.
 * @throws DilatedUnetError naming the flag that does not fit and what is allowed; the signal's reason once stopped.
 */
export async function experimentRequest(
  { own, config: typed }: { readonly own: Own; readonly config: ConfigOverrides },
  argv: readonly string[],
  cwd: string,
  watch: ReadingWatcher = { onProgress: () => undefined },
): Promise<ExperimentRequest> {
  const [task, device] = [taskOf(own), deviceChoice(own)];
  const data = await namedStack({
    data: own.data,
    labelName: own.labelName,
    ignoreMask: own.ignoreMask,
    image: own.image,
    channel: own.channel,
    time: own.time,
    level: own.level,
    cwd,
  });
  const { changes, initial } = await withInitialModel(typed, cwd);
  const { out } = own;
  const isNamed = Object.keys({ ...own, ...changes }).some((field) => !NOT_ITS_OWN.includes(field));
  if (task.kind !== 'run' && out !== undefined && !isNamed) {
    return { experiment: null, data, out: resolve(cwd, out), task, device };
  }
  const notes: string[] = [];
  const asked = { ...own, changes, initial, data, command: commandText(argv) };
  const experiment = await describeExperiment(asked, { ...watch, onNote: (note) => notes.push(note) });
  const name = data === null ? 'phantom' : basename(dirname(data.images));
  const folder = resolve(cwd, out ?? `runs/experiment-${experiment.protocol}-${name}`);
  return { experiment, data, out: folder, task, device, notes };
}

/** The command as a shell takes it, without what says which shard of it one machine runs. */
function commandText(argv: readonly string[]): string {
  const words = argv.filter((word, i) => !/^--(collect|list|shard(=.*)?)$/.test(word) && argv[i - 1] !== '--shard');
  return commandLine(COMMAND, words);
}

const epilogue = (): string => `
Protocols:
  original as the original trained: windows from a montage of all sections, nothing held out, preset original; its
           numbers compare with the original's table, and are no claim about sections that were not trained on
  holdout  the last sections are held out; preset isbi-full, on the phantom phantom-quick
  kfold    each block of neighbouring sections is held out in turn; presets as for holdout

${presetList()}

Where a preset's learning rate goes up and down once in its run, it does so in the length that --epochs and
--steps-per-epoch give; preset original keeps its 2000 steps up. --clr-step-size wins over both.

Examples:
  # the four networks on the built-in phantom
  ${COMMAND}
  # two networks on your own stack, three runs of each
  ${COMMAND} --data path/to/stack --variants unet,dilated-unet --seeds 3
  # what it would train, and how far it is
  ${COMMAND} --data path/to/stack --protocol kfold --list
  # the original's protocol, ten epochs of it
  ${COMMAND} --data path/to/stack --protocol original --epochs 10
  # on two machines that share a file system, and the report of both; docs/cluster.md has the same for Slurm
  ${COMMAND} --data path/to/stack --out runs/shared --shard 1/2
  ${COMMAND} --data path/to/stack --out runs/shared --shard 2/2
  ${COMMAND} --out runs/shared --collect

Paths are relative to the folder in which the command is typed.`;

export default (): Promise<void> =>
  runInTerminal(
    async (terminal) => {
      const { argv, cwd } = terminal;
      const parsed = parseExperiment(argv);
      if (parsed.kind === 'help') return parsed.text;
      const request = await experimentRequest(parsed, argv, cwd, terminal);
      const services = realServices(process.env);
      const { text: report, failed } = await runExperiment(request, { services, writeReport, watch: terminal });
      if (failed) process.exitCode = 1;
      return report.trimEnd();
    },
    { whenStopped: () => 'Stopped. Start the same command again to go on.', flagOf: experimentFlagOf },
  );
