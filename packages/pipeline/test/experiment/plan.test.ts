import { InvalidOptionError } from '@dilated-unet/core';
import { describe, expect, it } from 'vitest';
import { inShard, parseShard, trialName, planTrials, type PlanOptions } from '../../src/experiment/plan.ts';

const plan = (changes: Partial<PlanOptions> = {}) =>
  planTrials({
    protocol: 'holdout',
    variants: ['unet', 'unet-a'],
    sections: 30,
    folds: 5,
    seed: 865,
    seeds: 1,
    ...changes,
  });

describe('planTrials', () => {
  it('trains every network once before one is trained again', () => {
    const trials = plan({ protocol: 'kfold', folds: 2, seeds: 2 }).map(({ trial }) => trial);
    expect(trials.map(trialName)).toEqual([
      'unet-fold1-seed865',
      'unet-a-fold1-seed865',
      'unet-fold2-seed865',
      'unet-a-fold2-seed865',
      'unet-fold1-seed866',
      'unet-a-fold1-seed866',
      'unet-fold2-seed866',
      'unet-a-fold2-seed866',
    ]);
    expect(trials.map(({ index }) => index)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it.each([
    [30, undefined, { from: 24, count: 6 }],
    [30, 1, { from: 29, count: 1 }],
    [30, 29, { from: 1, count: 29 }],
    [20, undefined, { from: 16, count: 4 }],
    [2, undefined, { from: 1, count: 1 }],
  ])('holdout: of %i sections, asked for %s', (sections, holdOut, heldOut) => {
    const trials = plan({ sections, ...(holdOut !== undefined && { holdOut }) });
    expect(trials.map((trial) => trial.heldOut)).toEqual([heldOut, heldOut]);
  });

  it.each([
    [30, 5],
    [30, 4],
    [7, 3],
    [5, 5],
    [1000, 7],
  ])('kfold: %i sections in %i blocks, each section once, as evenly as possible', (sections, folds) => {
    const blocks = plan({ protocol: 'kfold', variants: ['unet'], sections, folds }).map(({ heldOut }) => heldOut);
    const held = blocks.flatMap((block) => Array.from({ length: block?.count ?? 0 }, (_, i) => (block?.from ?? 0) + i));
    expect(held).toEqual(Array.from({ length: sections }, (_, z) => z));
    const counts = blocks.map((block) => block?.count ?? 0);
    expect(counts).toHaveLength(folds);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
  });

  it('kfold, holdout: of sections of which some are not labelled, blocks of those that are', () => {
    const labelled = [2, 3, 7, 8, 9, 12];
    const blocks = plan({ protocol: 'kfold', variants: ['unet'], labelled, folds: 3 }).map(({ heldOut }) => heldOut);
    expect(blocks).toEqual([
      { from: 2, count: 2 },
      { from: 7, count: 2 },
      { from: 9, count: 4 },
    ]);
    // A fifth of six; and up to the end of the stack.
    expect(plan({ labelled })[0]?.heldOut).toEqual({ from: 12, count: 18 });
    expect(plan({ labelled, holdOut: 22 })[0]?.heldOut).toEqual({ from: 8, count: 22 });
    for (const holdOut of [17, 28]) {
      expect(() => plan({ labelled, holdOut })).toThrow(
        'holdOut must hold out some of the sections with labels, and not',
      );
    }
    expect(() => plan({ protocol: 'kfold', labelled, folds: 7 })).toThrow(
      'folds must be from 2 to 6, the sections with',
    );
  });

  it('seed: holds nothing out', () => {
    expect(plan({ protocol: 'original' }).map(({ heldOut }) => heldOut)).toEqual([null, null]);
  });

  it.each([
    [{ holdOut: 30 }, 'holdOut must be from 1 to 29, of 30 sections; received 30.'],
    [{ holdOut: 0 }, 'holdOut must be from 1 to 29, of 30 sections; received 0.'],
    [{ protocol: 'kfold', folds: 1 }, 'folds must be from 2 to 30, the sections of the stack; received 1.'],
    [{ protocol: 'kfold', folds: 31 }, 'folds must be from 2 to 30, the sections of the stack; received 31.'],
  ] as const)('refuses %j', (changes, message) => {
    expect(() => plan(changes)).toThrow(InvalidOptionError);
    expect(() => plan(changes)).toThrow(message);
  });
});

describe('a shard of the trials', () => {
  it('is every n-th trial from the i-th, and the shares are all trials', () => {
    const trials = plan({ protocol: 'kfold' }).map(({ trial }) => trial);
    const shares = ['1/3', '2/3', '3/3'].map((text) => trials.filter((trial) => inShard(parseShard(text), trial)));
    expect(shares.map((shard) => shard.map(({ index }) => index))).toEqual([
      [1, 4, 7, 10],
      [2, 5, 8],
      [3, 6, 9],
    ]);
  });

  it.each(['0/2', '3/2', '1', '1/0', 'a/b', '1/2/3', '-1/2', '1.5/2', ''])('refuses %j', (text) => {
    expect(() => parseShard(text)).toThrow('shard must be i/n with i from 1 to n, for example 2/4');
  });
});
