import { InvalidOptionError, type VariantName } from '@dilated-unet/core';
import type { Trial, Protocol } from './results.ts';

/** What an experiment is made of. */
export interface PlanOptions {
  readonly protocol: Protocol;
  /** Names of the networks. */
  readonly variants: readonly VariantName[];
  /** Sections of the labelled stack. */
  readonly sections: number;
  /** Places of those with labels, from 0, rising. @default all of them */
  readonly labelled?: readonly number[] | undefined;
  /** Blocks that the stack is divided into under `kfold`. */
  readonly folds: number;
  /** Sections held out at the end of the stack under `holdout`. @default a fifth of them */
  readonly holdOut?: number | undefined;
  /** Seed of the first runs; the others have the numbers that follow. */
  readonly seed: number;
  readonly seeds: number;
}

/** Neighbouring sections that a trial is not trained on. */
export interface HeldOutBlock {
  /** Place of the first, from 0. */
  readonly from: number;
  readonly count: number;
}

export interface PlannedTrial {
  readonly trial: Trial & { readonly variant: VariantName };
  /** Null under `original`, which holds nothing out. */
  readonly heldOut: HeldOutBlock | null;
}

/** Share of the sections that `holdout` leaves out by itself: 6 of 30. */
const HELD_OUT_SHARE = 1 / 5;

/**
 * The trials of an experiment, in the order in which they are run: every network is trained once before one is trained
 * again, so that an experiment that was stopped compares what it has.
 *
 * @throws InvalidOptionError naming the field that does not fit the stack.
 */
export function planTrials(options: PlanOptions): readonly PlannedTrial[] {
  const { variants, seed, seeds } = options;
  if (seeds < 1 || seeds > 1000) throw new InvalidOptionError('seeds', 'must be from 1 to 1000', seeds);
  const blocks = heldOutBlocks(options);
  const trials: PlannedTrial[] = [];
  for (let s = 0; s < seeds; s++) {
    for (const [k, heldOut] of blocks.entries()) {
      for (const variant of variants) {
        trials.push({ trial: { index: trials.length + 1, variant, fold: k + 1, seed: seed + s }, heldOut });
      }
    }
  }
  return trials;
}

/**
 * One block per fold: neighbouring sections look alike and would tell on each other. Sections without labels count for nothing,
 * wherever they lie: those between two of a block are in it.
 */
function heldOutBlocks({ protocol, sections, folds, holdOut, ...own }: PlanOptions): readonly (HeldOutBlock | null)[] {
  const labelled = own.labelled ?? Array.from({ length: sections }, (_, z) => z);
  switch (protocol) {
    case 'original':
      return [null];
    case 'holdout': {
      const share = Math.max(1, Math.round(labelled.length * HELD_OUT_SHARE));
      const count = holdOut ?? sections - (labelled.at(-share) as number);
      if (count < 1 || count >= sections) {
        throw new InvalidOptionError('holdOut', `must be from 1 to ${sections - 1}, of ${sections} sections`, count);
      }
      const from = sections - count;
      if (labelled.every((z) => z < from) || labelled.every((z) => z >= from)) {
        throw new InvalidOptionError('holdOut', 'must hold out some of the sections with labels, and not all', count);
      }
      return [{ from, count }];
    }
    case 'kfold': {
      const most = labelled.length;
      if (folds < 2 || folds > most) {
        const which = own.labelled === undefined ? 'the sections of the stack' : 'the sections with labels';
        throw new InvalidOptionError('folds', `must be from 2 to ${most}, ${which}`, folds);
      }
      const start = (k: number): number => Math.floor((k * most) / folds);
      return Array.from({ length: folds }, (_, k) => {
        const [from, last] = [labelled[start(k)], labelled[start(k + 1) - 1]] as [number, number];
        return { from, count: last + 1 - from };
      });
    }
  }
}

/** Name of a trial's folder. */
export function trialName({ variant, fold, seed }: Trial): string {
  return `${variant}-fold${fold}-seed${seed}`;
}

/** What one of several machines runs. */
export interface Shard {
  /** From 1. */
  readonly number: number;
  readonly of: number;
}

/** Reads `2/4`. @throws InvalidOptionError */
export function parseShard(text: string): Shard {
  const [number, of] = /^(\d+)\/(\d+)$/.exec(text)?.slice(1).map(Number) ?? [];
  if (number === undefined || of === undefined || number < 1 || number > of) {
    throw new InvalidOptionError('shard', 'must be i/n with i from 1 to n, for example 2/4', text);
  }
  return { number, of };
}

/** Every n-th trial, from the i-th. */
export function inShard({ number, of }: Shard, { index }: Trial): boolean {
  return (index - 1) % of === number - 1;
}
