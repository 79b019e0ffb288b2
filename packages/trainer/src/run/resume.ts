import { InvalidOptionError } from '@dilated-unet/core';
import { configDifferences } from '../config-fields.ts';
import type { TrainConfig } from '../config.ts';

/** What a resumed run may change: how many steps there are, and what comes after the last of them. */
const MAY_CHANGE: readonly string[] = ['epochs', 'exportWeights', 'calibrationWindows'];

/**
 * Whether a run may go on with another configuration: everything that the steps so far depend on must be equal.
 *
 * @param before the configuration so far.
 * @throws InvalidOptionError naming the first difference.
 */
export function requireSameRun(before: TrainConfig, now: TrainConfig): void {
  const different = configDifferences(before, now).find(({ field }) => !MAY_CHANGE.includes(field));
  if (different === undefined) return;
  const { before: value } = different;
  const rule = value === undefined ? 'be left out' : `stay ${JSON.stringify(value)}`;
  throw new InvalidOptionError(
    different.field,
    `must ${rule} to resume this run; start another in a new folder`,
    different.now,
  );
}

/** @throws InvalidOptionError when more epochs are done than `config` has. */
export function requireEpochs(done: number, { epochs }: TrainConfig): void {
  if (done > epochs) throw new InvalidOptionError('epochs', `must be at least ${done}, which are done already`, epochs);
}
