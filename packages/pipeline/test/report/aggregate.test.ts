import { describe, expect, it } from 'vitest';
import { byVariant, extentOf, spreadOf } from '../../src/report/aggregate.ts';
import { change, rank } from '../../src/report/compare.ts';
import { heldOutMeasure } from '../../src/report/measures.ts';
import { shownParts } from '../../src/report/material.ts';
import type { ExperimentResults } from '../../src/experiment/results.ts';
import { partResult, variantResults } from '../support/part-result.ts';

const V_RAND = heldOutMeasure('vRand', 'plain');
const runs = (...values: number[]) => values.map((vRand) => ({ vRand }));

function experiment(...parts: [variant: string, fold: number, seed: number, done: boolean][]): ExperimentResults {
  return {
    protocol: 'kfold',
    data: '',
    command: '',
    trainingImages: '',
    trainingLabels: '',
    parts: parts.map(([variant, fold, seed, done], i) => {
      const result = partResult(variant, { fold, seed });
      return { part: { ...result.part, index: i + 1 }, folder: `/${i + 1}`, result: done ? result : null };
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

describe('byVariant', () => {
  it('groups parts by network in the order of the experiment, run or not', () => {
    const groups = byVariant(experiment(['b', 1, 1, true], ['a', 1, 1, false], ['b', 2, 1, false]));
    expect(groups.map(({ variant, parts, results }) => [variant, parts.length, results.length])).toEqual([
      ['b', 2, 1],
      ['a', 1, 0],
    ]);
  });

  it('counts the folds and seeds that have results', () => {
    const groups = byVariant(experiment(['a', 1, 1, true], ['a', 2, 1, true], ['b', 2, 7, true], ['b', 3, 8, false]));
    expect(extentOf(groups)).toEqual({ folds: 2, seeds: 2 });
  });
});

describe('rank', () => {
  it('puts a network below the best where the difference exceeds the largest spread', () => {
    // Means 0.92, 0.96, 0.955; deviations 0.01, 0.01, 0.005.
    const ranking = rank(
      [
        variantResults('unet', runs(0.91, 0.92, 0.93)),
        variantResults('dilated-unet', runs(0.95, 0.96, 0.97)),
        variantResults('unet-a', runs(0.95, 0.955, 0.96)),
      ],
      V_RAND,
    );
    expect(ranking?.top).toEqual(['dilated-unet', 'unet-a']);
    expect(ranking?.below).toHaveLength(1);
    expect(ranking?.below[0]).toMatchObject({ better: 'dilated-unet', worse: 'unet', parts: 3, apart: true });
    expect(ranking?.largest.difference).toBeCloseTo(0.04, 12);
    expect(ranking?.spread).toBeCloseTo(0.01, 12);
  });

  it('calls nothing a difference that the spread exceeds', () => {
    const [a, b] = [variantResults('a', runs(0.9, 0.95, 1)), variantResults('b', runs(0.92, 0.97, 1))];
    expect(rank([a, b], V_RAND)).toMatchObject({ top: ['b', 'a'], below: [], largest: { apart: false } });
  });

  it('takes fewer than three common runs for too few', () => {
    const [a, b] = [variantResults('a', runs(0.9, 0.901)), variantResults('b', runs(0.99, 0.991))];
    expect(rank([a, b], V_RAND)).toMatchObject({ top: ['b', 'a'], below: [], largest: { parts: 2, apart: false } });
  });

  it('leaves out a network with too few runs where others have enough', () => {
    const few = variantResults('few', runs(0.5, 0.5));
    const ranking = rank(
      [few, variantResults('a', runs(0.9, 0.9, 0.91)), variantResults('b', runs(0.8, 0.8, 0.81))],
      V_RAND,
    );
    expect([ranking?.top, ranking?.below.map(({ worse }) => worse)]).toEqual([['a'], ['b']]);
  });

  it('compares over the folds and seeds that both have', () => {
    const a = variantResults('a', runs(0.9, 0.91, 0.92, 0.1));
    const b = variantResults('b', runs(0.9, 0.91, 0.92));
    expect(rank([a, b], V_RAND)?.largest).toMatchObject({ difference: 0, parts: 3 });
  });

  it('knows measures of which less is better', () => {
    const measure = heldOutMeasure('pixelError', 'plain');
    const of = (...values: number[]) => values.map((pixelError) => ({ pixelError }));
    const variants = [variantResults('a', of(0.08, 0.081, 0.082)), variantResults('b', of(0.07, 0.071, 0.072))];
    expect(rank(variants, measure)).toMatchObject({ top: ['b'], below: [{ worse: 'a' }] });
  });

  it('is null where no run is common', () => {
    const [a, b] = [variantResults('a', [{ seed: 1 }]), variantResults('b', [{ seed: 2 }])];
    expect(rank([a, b], V_RAND)).toBeNull();
  });
});

describe('change', () => {
  it('is paired, run by run', () => {
    // +0.02, +0.02, +0.05: mean 0.03, deviation sqrt((1 + 1 + 4) / 2) hundredths.
    const one = variantResults('a', [
      { vRand: 0.9, averagedVRand: 0.92 },
      { vRand: 0.8, averagedVRand: 0.82 },
      { vRand: 0.7, averagedVRand: 0.75 },
      { vRand: 0.1 },
    ]);
    const found = change(one, V_RAND, heldOutMeasure('vRand', 'symmetries'));
    expect(found?.mean).toBeCloseTo(0.03, 12);
    expect(found?.deviation).toBeCloseTo(Math.sqrt(3) / 100, 12);
    expect(found?.count).toBe(3);
  });
});

describe('shownParts', () => {
  it('shows the fold and seed that most networks have, else another', () => {
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
    expect(shownParts(results).map(({ part }) => `${part.variant}${part.fold}`)).toEqual(['a2', 'b2', 'c1', 'e2']);
  });
});
