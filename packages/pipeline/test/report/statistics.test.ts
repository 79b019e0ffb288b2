import { describe, expect, it } from 'vitest';
import { shownTrials } from '../../src/report/material.ts';
import { heldOutMeasure } from '../../src/report/measures.ts';
import { byVariant, change, differenceOf, rank, spreadOf } from '../../src/report/statistics.ts';
import type { ExperimentResults } from '../../src/experiment/results.ts';
import { trialResult, variantResults } from '../support/trial-result.ts';

const V_RAND = heldOutMeasure('vRand', 'plain');
const runs = (...values: number[]) => values.map((vRand) => ({ vRand }));

function experiment(...trials: [variant: string, fold: number, seed: number, done: boolean][]): ExperimentResults {
  return {
    protocol: 'kfold',
    data: '',
    command: '',
    trainingImages: '',
    trainingLabels: '',
    labelKind: 'interior',
    trials: trials.map(([variant, fold, seed, done], i) => {
      const result = trialResult(variant, { fold, seed });
      return { trial: { ...result.trial, index: i + 1 }, folder: `/${i + 1}`, result: done ? result : null };
    }),
  };
}

describe('spreadOf', () => {
  it('is mean and sample standard deviation', () => {
    // Deviations from 0.93: -0.03, -0.01, 0.04; squares 0.0009 + 0.0001 + 0.0016 = 0.0026; / 2, root.
    const spread = spreadOf([0.9, 0.92, 0.97]);
    expect(spread?.mean).toBeCloseTo(0.93, 12);
    expect(spread?.deviation).toBeCloseTo(Math.sqrt(0.0013), 12);
    expect(spread?.count).toBe(3);
  });

  it('has no spread of one value, and nothing of none', () => {
    expect(spreadOf([0.9])).toEqual({ mean: 0.9, deviation: null, count: 1 });
    expect(spreadOf([])).toBeNull();
  });
});

it('byVariant groups trials by network in the order of the experiment, run or not', () => {
  const groups = byVariant(experiment(['b', 1, 1, true], ['a', 1, 1, false], ['b', 2, 1, false]));
  expect(groups.map(({ variant, trials, results }) => [variant, trials.length, results.length])).toEqual([
    ['b', 2, 1],
    ['a', 1, 0],
  ]);
});

describe('differenceOf', () => {
  it('has the interval of the mean: about 1.96 standard errors for many pairs', () => {
    // Half 0, half 1: standard error 0.5 / sqrt(400) = 0.025.
    const found = differenceOf(Array.from({ length: 400 }, (_, i) => i % 2));
    expect(found).toMatchObject({ mean: 0.5, runs: 400, significant: true });
    expect(found?.interval?.[0]).toBeCloseTo(0.5 - 1.96 * 0.025, 2);
    expect(found?.interval?.[1]).toBeCloseTo(0.5 + 1.96 * 0.025, 2);
  });

  it('is the same in every call', () => {
    expect(differenceOf([0.1, -0.2, 0.3, 0.25])).toEqual(differenceOf([0.1, -0.2, 0.3, 0.25]));
  });

  it('calls nothing significant whose interval includes 0', () => {
    const found = differenceOf([0.03, -0.02, 0.01, -0.01, 0.02, -0.03, 0.01]);
    expect(found?.interval?.[0]).toBeLessThan(0);
    expect(found?.interval?.[1]).toBeGreaterThan(0);
    expect(found?.significant).toBe(false);
  });

  it('takes fewer than six pairs for too few, even where all of them agree', () => {
    expect(differenceOf([0.1, 0.1, 0.1, 0.1, 0.1])).toMatchObject({ interval: [0.1, 0.1], significant: false });
    expect(differenceOf([-1, -1, -1, -1, -1, -1])).toMatchObject({ interval: [-1, -1], significant: true });
  });

  it('has no interval of one pair, and nothing of none', () => {
    expect(differenceOf([0.1])).toEqual({ mean: 0.1, interval: null, runs: 1, significant: false });
    expect(differenceOf([])).toBeNull();
  });
});

describe('rank', () => {
  it('compares each network with the best', () => {
    const ranking = rank(
      [
        variantResults('unet', runs(0.91, 0.92, 0.93, 0.91, 0.92, 0.93)),
        variantResults('dilated-unet', runs(0.95, 0.96, 0.97, 0.95, 0.96, 0.97)),
        variantResults('unet-a', runs(0.95, 0.955, 0.98, 0.94, 0.96, 0.97)),
      ],
      V_RAND,
    );
    expect(ranking?.best).toBe('dilated-unet');
    expect(ranking?.differences.get('unet')).toMatchObject({ runs: 6, significant: true });
    expect(ranking?.differences.get('unet')?.mean).toBeCloseTo(-0.04, 12);
    expect(ranking?.differences.get('unet-a')).toMatchObject({ runs: 6, significant: false });
  });

  it('does not call a network the best that has fewer runs than it takes, where others have enough', () => {
    const few = variantResults('few', runs(0.99, 0.99));
    const six = (name: string, value: number) => variantResults(name, runs(...Array<number>(6).fill(value)));
    const ranking = rank([few, six('good', 0.9), six('bad', 0.8)], V_RAND);
    expect(ranking?.best).toBe('good');
    expect(ranking?.differences.get('few')).toMatchObject({ runs: 2, significant: false });
  });

  it('compares over the folds and seeds that both have', () => {
    const a = variantResults('a', runs(0.9, 0.91, 0.92, 0.1));
    const b = variantResults('b', runs(0.9, 0.91, 0.92));
    expect(rank([a, b], V_RAND)?.differences.get('a') ?? rank([a, b], V_RAND)?.differences.get('b')).toMatchObject({
      mean: 0,
      runs: 3,
    });
    const apart = [variantResults('a', [{ seed: 1 }]), variantResults('b', [{ seed: 2 }])];
    expect([...(rank(apart, V_RAND)?.differences.values() ?? [])]).toEqual([null]);
  });

  it('knows measures of which less is better', () => {
    const of = (...values: number[]) => values.map((pixelError) => ({ pixelError }));
    const variants = [variantResults('a', of(0.08, 0.081, 0.082)), variantResults('b', of(0.07, 0.071, 0.072))];
    const ranking = rank(variants, heldOutMeasure('pixelError', 'plain'));
    expect(ranking?.best).toBe('b');
    expect(ranking?.differences.get('a')?.mean).toBeCloseTo(0.01, 12);
  });

  it('is null with fewer than two networks', () => {
    expect(rank([variantResults('a', runs(0.9)), variantResults('b', [])], V_RAND)).toBeNull();
  });
});

it('the change by the symmetries is paired, run by run', () => {
  const one = variantResults('a', [
    { vRand: 0.9, averagedVRand: 0.92 },
    { vRand: 0.8, averagedVRand: 0.82 },
    { vRand: 0.7, averagedVRand: 0.75 },
    { vRand: 0.1 },
  ]);
  const found = change(one, V_RAND, heldOutMeasure('vRand', 'symmetries'));
  expect(found?.mean).toBeCloseTo(0.03, 12);
  expect(found?.runs).toBe(3);
});

it('shownTrials shows the fold and seed that most networks have, else another', () => {
  const results = experiment(
    ['a', 1, 1, true],
    ['a', 2, 1, true],
    ['b', 1, 1, false],
    ['b', 2, 1, true],
    ['c', 1, 1, true],
    ['c', 2, 1, false],
    ['d', 1, 1, false],
    ['e', 2, 1, true],
  );
  expect(shownTrials(results).map(({ trial }) => `${trial.variant}${trial.fold}`)).toEqual(['a2', 'b2', 'c1', 'e2']);
});
