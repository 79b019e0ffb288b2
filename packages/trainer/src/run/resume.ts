import { InvalidOptionError } from '@dilated-unet/core';
import type { Checkpoint } from './checkpoint.ts';
import type { TrainConfig } from '../config.ts';

/**
 * What a resumed run may change: what comes after the last step, or says how many steps there are (`requireSameRun` checks that
 * the steps so far would have been the same).
 */
export const RESUME_MAY_CHANGE: readonly (keyof TrainConfig)[] = [
  'epochs',
  'refinementEpochs',
  'averagedEpochs',
  'exportWeights',
  'calibrationWindows',
];

/** Where a run stands, as far as it decides how it may go on. */
type Standing = Pick<Checkpoint, 'config' | 'epoch' | 'average'>;

/** What a configuration must be so that what was trained so far fits it. */
interface Unmet {
  readonly field: keyof TrainConfig;
  readonly rule: string;
}

const RULES: readonly ((standing: Standing, config: TrainConfig) => Unmet | null)[] = [
  sameOtherwise,
  noFewerEpochs,
  sameAugmentation,
  sameAverage,
];

/**
 * Whether a run with `config` may go on from `checkpoint`: everything that the steps so far depend on must be equal.
 *
 * @throws InvalidOptionError naming the first difference.
 */
export function requireSameRun(checkpoint: Standing, config: TrainConfig): void {
  for (const check of RULES) {
    const unmet = check(checkpoint, config);
    if (unmet !== null) throw new InvalidOptionError(unmet.field, unmet.rule, config[unmet.field]);
  }
}

function sameOtherwise({ config: before }: Standing, config: TrainConfig): Unmet | null {
  const keys = new Set([...Object.keys(before), ...Object.keys(config)] as (keyof TrainConfig)[]);
  for (const field of keys) {
    if (RESUME_MAY_CHANGE.includes(field)) continue;
    const value = JSON.stringify(before[field]) as string | undefined;
    if (value === JSON.stringify(config[field])) continue;
    const rule = value === undefined ? 'must be left out' : `must be ${value}`;
    return { field, rule: `${rule} to resume this run; start another with a new --out` };
  }
  return null;
}

function noFewerEpochs({ epoch }: Standing, { epochs }: TrainConfig): Unmet | null {
  return epoch <= epochs ? null : { field: 'epochs', rule: `must be at least ${epoch}, which are done already` };
}

function sameAugmentation({ config: before, epoch }: Standing, config: TrainConfig): Unmet | null {
  const augmented = ({ epochs, refinementEpochs }: TrainConfig): number => epochs - refinementEpochs;
  const [then, now] = [augmented(before), augmented(config)];
  if (then === now || Math.min(then, now) >= epoch) return null;
  const rule = `must leave ${then} epochs before it, as the ${epoch} that are done were trained so`;
  return { field: 'refinementEpochs', rule };
}

function sameAverage({ epoch, average }: Standing, { epochs, averagedEpochs }: TrainConfig): Unmet | null {
  const averaged = Math.max(0, epoch - (epochs - averagedEpochs));
  if (averaged === 0 || averaged === (average?.epochs ?? 0)) return null;
  const rule = `must begin after the ${epoch} epochs that are done, of which these weights were not averaged`;
  return { field: 'averagedEpochs', rule };
}
