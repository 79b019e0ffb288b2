import { describe, expect, it } from 'vitest';
import { shownTrials } from '../../src/report/material.ts';
import { byVariant, spreadOf } from '../../src/report/statistics.ts';
import type { ExperimentResults } from '../../src/experiment/results.ts';
import { trialResult } from '../support/trial-result.ts';

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
