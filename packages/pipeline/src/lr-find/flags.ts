import { DEFAULT_SWEEP, SPACINGS } from '@dilated-unet/trainer';
import { flag, FLAGS, RUN_FLAGS, TRAINING_FLAGS, type Flag } from '../run/flags.ts';

const RATES = 'Rates:';
/** What of training has no part in the test: its own schedule, its length, and what comes after its steps. */
const OF_TRAINING = ['--preset', '--batch-size', '--window', '--sampling', '--augmentation', '--precision', '--seed'];
const { minRate, maxRate, steps, spacing } = DEFAULT_SWEEP;

/** All flags of the command, in the order of its help. */
export const LR_FIND_FLAGS: readonly Flag[] = [
  flag('--min-lr', 'RATE', 'number', RATES, `rate of the first step (default: ${minRate.toExponential()})`),
  flag('--max-lr', 'RATE', 'number', RATES, `rate of the last step (default: ${maxRate})`),
  flag('--steps', 'N', 'integer', RATES, `training steps in all (default: ${steps})`),
  flag('--spacing', 'NAME', SPACINGS, RATES, `how the rate rises: ${SPACINGS.join(', ')} (default: ${spacing})`),
  ...(FLAGS as readonly Flag[]).filter(
    ({ flag: name, group }) => (group !== TRAINING_FLAGS && group !== RUN_FLAGS) || OF_TRAINING.includes(name),
  ),
  flag('--out', 'DIR', 'text', RUN_FLAGS, 'folder for the curve (default: runs/lr-find-VARIANT-DATE-TIME)'),
  ...(FLAGS as readonly Flag[]).filter(({ flag: name }) => name === '--gpu' || name === '--require-gpu'),
  flag('--json', undefined, 'switch', RUN_FLAGS, 'print the suggestion and the curve as one JSON object'),
];
