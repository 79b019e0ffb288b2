import { VARIANT_NAMES } from '@dilated-unet/core';
import { flag, FLAGS, RUN_FLAGS, TRAINING_FLAGS, type Flag } from '../run/flags.ts';
import { PROTOCOLS } from './results.ts';

const EXPERIMENT = 'Experiment:';
const DATA = 'Data (without any: the built-in phantom):';

/** All flags of the experiment command, in the order of its help. */
export const EXPERIMENT_FLAGS: readonly Flag[] = [
  flag('--protocol', 'NAME', PROTOCOLS, EXPERIMENT, `one of ${PROTOCOLS.join(', ')} (default: holdout)`),
  flag(
    '--variants',
    'NAMES',
    'text',
    EXPERIMENT,
    `networks, separated by commas (default: ${VARIANT_NAMES.join(',')})`,
  ),
  flag('--hold-out', 'N', 'integer', EXPERIMENT, 'holdout: last N sections held out (default: a fifth of them)'),
  flag('--folds', 'N', 'integer', EXPERIMENT, 'kfold: blocks of sections, each held out in turn (default: 5)'),
  flag(
    '--seeds',
    'N',
    'integer',
    EXPERIMENT,
    'runs of each network and fold, with --seed and the numbers after it (default: 1)',
  ),
  flag(
    '--symmetries',
    undefined,
    'switch',
    EXPERIMENT,
    'score the mean prediction over the eight symmetries of the square as well',
  ),
  flag('--data', 'DIR', 'text', DATA, 'folder with the stacks train-volume, train-labels and, if any, test-volume'),
  ...(FLAGS as readonly Flag[]).filter(({ group, path }) => group === TRAINING_FLAGS && path !== 'sampling'),
  flag('--out', 'DIR', 'text', RUN_FLAGS, 'folder of the experiment (default: runs/experiment-PROTOCOL-DATA)'),
  flag('--part', 'I/N', 'text', RUN_FLAGS, 'train every N-th part from the I-th only, and write no report'),
  flag('--collect', undefined, 'switch', RUN_FLAGS, 'train nothing; write the report from what is in --out'),
  flag('--list', undefined, 'switch', RUN_FLAGS, 'train nothing; print the parts and how far they are'),
  ...(FLAGS as readonly Flag[]).filter(({ flag: name }) => name === '--gpu' || name === '--require-gpu'),
];
