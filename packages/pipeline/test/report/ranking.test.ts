import { stream } from '@dilated-unet/trainer';
import { describe, expect, it } from 'vitest';
import type { TrialResult } from '../../src/experiment/results.ts';
import { heldOutMeasure } from '../../src/report/measures.ts';
import { change, rank } from '../../src/report/ranking.ts';
import type { VariantResults } from '../../src/report/statistics.ts';
import { variantResults } from '../support/trial-result.ts';

const V_RAND = heldOutMeasure('vRand', 'plain');
const runs = (...values: number[]) => values.map((vRand) => ({ vRand }));

/** Runs of which only V_Rand is known, for many. */
function valuesOnly(variant: string, values: readonly { fold: number; seed: number; vRand: number }[]): VariantResults {
  const results = values.map(
    ({ vRand, ...place }) => ({ trial: { index: 1, variant, ...place }, heldOut: { plain: { vRand } } }) as TrialResult,
  );
  return { variant, trials: [], results };
}

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
    expect(ranking?.differences.get('unet')).toMatchObject({ count: 6, significant: true });
    expect(ranking?.differences.get('unet')?.mean).toBeCloseTo(-0.04, 12);
    expect(ranking?.differences.get('unet-a')).toMatchObject({ count: 6, significant: false });
  });

  it('does not call a network the best that has fewer runs than it takes, where others have enough', () => {
    const few = variantResults('few', runs(0.99, 0.99));
    const six = (name: string, value: number) => variantResults(name, runs(...Array<number>(6).fill(value)));
    const ranking = rank([few, six('good', 0.9), six('bad', 0.8)], V_RAND);
    expect(ranking?.best).toBe('good');
    expect(ranking?.differences.get('few')).toMatchObject({ count: 2, significant: false });
  });

  it('compares over the folds and seeds that both have', () => {
    const a = variantResults('a', runs(0.9, 0.91, 0.92, 0.1));
    const b = variantResults('b', runs(0.9, 0.91, 0.92));
    expect(rank([a, b], V_RAND)?.differences.get('a') ?? rank([a, b], V_RAND)?.differences.get('b')).toMatchObject({
      mean: 0,
      count: 3,
    });
    const apart = [variantResults('a', [{ seed: 1 }]), variantResults('b', [{ seed: 2 }])];
    expect(rank(apart, V_RAND)).toBeNull();
  });

  it('knows measures of which less is better', () => {
    const of = (...values: number[]) => values.map((pixelError) => ({ pixelError }));
    const variants = [variantResults('a', of(0.08, 0.081, 0.082)), variantResults('b', of(0.07, 0.071, 0.072))];
    const ranking = rank(variants, heldOutMeasure('pixelError', 'plain'));
    expect(ranking?.best).toBe('b');
    expect(ranking?.differences.get('a')?.mean).toBeCloseTo(0.01, 12);
  });

  it('chooses the best by the folds and seeds that all have, whatever easier ones some lack', () => {
    const easy = [0.95, 0.951, 0.953, 0.9505];
    const a = variantResults('a', runs(...easy));
    const b = variantResults('b', runs(...easy.map((value, i) => value + 0.004 + i / 10_000), 0.7, 0.71));
    const ranking = rank([a, b], V_RAND);
    expect(ranking).toMatchObject({ best: 'b', runs: 4 });
    expect(ranking?.mean).toBeCloseTo(0.955275, 9);
    expect(ranking?.differences.get('a')).toMatchObject({ count: 4, significant: true });
  });

  it('calls no network worse that is better where it was run', () => {
    // The best by the three seeds that all have; over those that the two have, the other is surely better.
    const other = Array.from({ length: 15 }, (_, i) => 0.9 + i / 1000);
    const ranking = rank(
      [
        variantResults('best', runs(...other.map((value, i) => (i < 3 ? value + 0.01 : value - 0.4)))),
        variantResults('other', runs(...other)),
        variantResults('third', runs(0.8, 0.81, 0.8)),
      ],
      V_RAND,
    );
    expect(ranking).toMatchObject({ best: 'best', runs: 3 });
    expect(ranking?.differences.get('other')?.mean).toBeGreaterThan(0.2);
    expect(ranking?.differences.get('other')?.significant).toBe(false);
  });

  it('averages the seeds of a fold where there are several folds', () => {
    const of = (gain: number) =>
      [1, 2, 3, 4].flatMap((fold) => [1, 2, 3].map((seed) => ({ fold, seed, vRand: 0.8 + gain * fold + seed / 100 })));
    const found = rank([variantResults('a', of(0)), variantResults('b', of(0.01))], V_RAND)?.differences.get('a');
    expect(found?.count).toBe(4);
    expect(found?.mean).toBeCloseTo(-0.025, 12);
  });

  // Fold effects are as large as those of the seeds.
  it.each([
    { networks: 2, folds: 1, seeds: 3 },
    { networks: 2, folds: 1, seeds: 8 },
    { networks: 2, folds: 5, seeds: 3 },
    { networks: 4, folds: 1, seeds: 6 },
    { networks: 4, folds: 5, seeds: 1 },
  ])(
    'calls any of $networks equal networks worse in about 5 % of experiments at most: $folds x $seeds',
    ({ networks, folds, seeds }) => {
      const draw = stream(9, 'equal networks');
      const equal = (name: number): VariantResults => {
        const values = Array.from({ length: folds }, (_, fold) => {
          const effect = folds === 1 ? 0 : draw.normal();
          return Array.from({ length: seeds }, (__, seed) => ({ fold, seed, vRand: effect + draw.normal() }));
        });
        return valuesOnly(String(name), values.flat());
      };
      let found = 0;
      for (let experiment = 0; experiment < 1000; experiment++) {
        const ranking = rank(
          Array.from({ length: networks }, (_, k) => equal(k)),
          V_RAND,
        );
        if ([...(ranking?.differences.values() ?? [])].some((difference) => difference?.significant)) found++;
      }
      expect(found / 1000).toBeLessThan(0.07);
    },
  );

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
  expect(found?.count).toBe(3);
});
