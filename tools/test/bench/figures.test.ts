import { describe, expect, test } from 'vitest';
import { rewriteLine, rewriteSets } from '../../src/bench/rewrite-gains.ts';
import { stepFlops, trainStepLine, type Measured } from '../../src/bench/train-step.ts';

const measured = (name: string, ms: number, rss: number): Measured => ({
  name,
  runs: [{ stepMs: [ms], loadMs: 1, losses: [1], peakRssBytes: rss, version: `${name} 1`, rewrites: ['a'] }],
  medianMs: ms,
  spread: 0.1,
  peakRssBytes: rss,
});
const setting = { variant: 'unet', size: 512, batch: 1 } as const;

describe('figures', () => {
  test('a step of one 512 x 512 window is three times 45.8 GMAC', () => {
    expect(stepFlops(setting) / 6e9).toBeCloseTo(45.8, 0);
  });

  test('Keras is the faster of its two forms', () => {
    const all = [
      measured('ours', 60, 80 * 2 ** 20),
      measured('keras', 100, 100 * 2 ** 20),
      measured('keras-jit', 90, 160 * 2 ** 20),
      measured('keras-tuned', 80, 2 ** 20),
      measured('torch', 120, 2 ** 20),
    ];
    expect(trainStepLine(setting, all, 200)).toMatchObject({
      kerasIs: 'keras-jit',
      ratioKeras: 0.6667,
      ratioKerasTuned: 0.75,
      ratioTorch: 0.5,
      rssRatioKeras: 0.5,
      rssOursMB: 80,
    });
  });

  test('without peers their figures are null', () => {
    expect(trainStepLine(setting, [measured('ours', 60, 2 ** 20)], 200)).toMatchObject({
      ratioKeras: null,
      ratioTorch: null,
    });
  });

  test('each rewrite is set beside the plain graph', () => {
    expect(rewriteSets(['x']).map(({ name }) => name)).toEqual(['plain', 'x', 'as trained']);
    expect(rewriteLine(setting, measured('x', 50, 2 ** 20), measured('plain', 100, 2 ** 21))).toMatchObject({
      rewrites: 'x',
      ratioPlain: 0.5,
      rssRatioPlain: 0.5,
    });
  });
});
