import { InvalidImageError, InvalidOptionError } from '@dilated-unet/core';
import { configDifferences } from '../config/fields.ts';
import type { TrainConfig } from '../config/schema.ts';
import { stacksOf } from '../config/stacks.ts';
import type { DataHash } from '../data/data-hash.ts';
import type { Checkpoint } from './checkpoint.ts';

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
  if (different.field === 'init.sha256') throw otherModel(before, now);
  const { before: value } = different;
  const rule = value === undefined ? 'be left out' : `stay ${JSON.stringify(value)}`;
  throw new InvalidOptionError(
    different.field,
    `must ${rule} to resume this run; start another in a new folder`,
    different.now,
  );
}

function otherModel({ init: before }: TrainConfig, { init: now }: TrainConfig): InvalidOptionError {
  const rule =
    before === undefined
      ? 'must be left out to resume this run, which began from random weights'
      : `must be ${before.name} of SHA-256 ${before.sha256} to resume this run, or left out`;
  return new InvalidOptionError('init.path', `${rule}; start another in a new folder`, now?.path);
}

/**
 * Whether a run goes on with the data that it began with, wherever that lies now and however it is stored.
 *
 * @param before its checkpoint. @param config of the run that goes on. @param data what its data is now.
 * @throws InvalidImageError naming what is of other values, then and now; InvalidOptionError where an early checkpoint does not
 * say what the values were, and the data lies elsewhere.
 */
export function requireSameData(before: Checkpoint, config: TrainConfig, data: DataHash): void {
  const [there, here] = [before.config.data, config.data];
  if (before.data === null) {
    // Earlier versions had one stack.
    if (there.kind !== 'stacks' || here.kind !== 'stacks') return;
    const moved = (['images', 'labels'] as const).find((part) => there[part] !== here[part]);
    if (moved === undefined) return;
    const rule =
      `must be where it was when the run began (${there[moved]}), as its checkpoint is of an earlier version, which did not note what ` +
      'was in it; start another run in a new folder';
    throw new InvalidOptionError('data', rule, here[moved]);
  }
  const { images, labels } = before.data;
  const other = (['images', 'labels'] as const).filter((part) => data[part] !== { images, labels }[part]);
  if (other.length === 0) return;
  if (there.kind === 'phantom' || here.kind === 'phantom') {
    throw new InvalidImageError(
      'The phantom of this version is not the one that the run began with. Go on with the version that began it, or start another run ' +
        'in a new folder.',
    );
  }
  const [then, now] = [stacksOf(there), stacksOf(here)];
  const masks = then.flatMap(({ ignoreMask }, k) => (now[k]?.ignoreMask === undefined ? (ignoreMask ?? []) : []));
  const lacksMask = masks.length === 0 ? '' : ` Its mask was ${masks.join(', ')}: name it too (\`data.ignoreMask\`).`;
  const differs = (part: 'images' | 'labels', k: number): boolean =>
    data[part].split(' ')[k] !== { images, labels }[part].split(' ')[k];
  const named = other.flatMap((part) =>
    now.flatMap((stack, k) =>
      differs(part, k) ? `the ${part} in ${stack[part]} are not those that were in ${then[k]?.[part]}` : [],
    ),
  );
  throw new InvalidImageError(
    `A run goes on with the values that it began with: ${named.join(' and ')}. Name the stacks of then (\`data\`), or ` +
      `start another run in a new folder.${lacksMask}`,
  );
}

/** @throws InvalidOptionError when more epochs are done than `config` has. */
export function requireEpochs(done: number, { epochs }: TrainConfig): void {
  if (done > epochs) throw new InvalidOptionError('epochs', `must be at least ${done}, which are done already`, epochs);
}
