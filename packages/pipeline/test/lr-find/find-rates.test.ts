import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EnvironmentError, InvalidOptionError } from '@dilated-unet/core';
import {
  DEFAULT_SWEEP,
  parseTrainConfig,
  type RangeTestResult,
  type RateSuggestion,
  type runRangeTest,
} from '@dilated-unet/trainer';
import { describe, expect, it, vi } from 'vitest';
import { curveChart, curveCsv } from '../../src/lr-find/curve.ts';
import { findRates } from '../../src/lr-find/find-rates.ts';
import { rateText, suggestedFlags, suggestionText } from '../../src/lr-find/suggestion.ts';
import { temporaryFolder } from '../../../host/test/support/temporary.ts';

const config = parseTrainConfig({
  network: { name: 'unet' },
  data: { kind: 'phantom' },
  holdOut: 0,
  window: 64,
  schedule: {},
});
const device = { kind: 'cpu', name: 'a CPU', tensorflow: '2.21.0' } as const;
const bounds: RateSuggestion = { kind: 'bounds', baseRate: 2.1499e-5, maxRate: 0.00132, stillFalling: false };
const points = [1e-6, 1e-4, 1e-2].map((rate, i) => ({
  step: i + 1,
  rate,
  loss: 1.5 - i / 2,
  smoothedRate: rate / 2,
  smoothedLoss: 1.25 - i / 4,
}));
const found = (more: Partial<RangeTestResult> = {}): RangeTestResult => ({
  config,
  device,
  sweep: DEFAULT_SWEEP,
  points,
  end: 'swept',
  suggestion: bounds,
  ...more,
});

describe('what is printed', () => {
  it('is the flags to train with, to two digits', () => {
    expect([2.1499e-5, 0.00132, 0.1, 1].map(rateText)).toEqual(['2.1e-5', '1.3e-3', '1e-1', '1e+0']);
    expect(suggestedFlags(bounds)).toBe('--lr 2.1e-5 --max_lr 1.3e-3');
    expect(suggestionText(found())).toBe('Train with: --lr 2.1e-5 --max_lr 1.3e-3\nAll 100 rates were tried.');
  });

  it('tells how the test ended', () => {
    expect(suggestionText(found({ end: 'risen' }))).toContain(
      'Ended at rate 1e-2, where the loss was four times its lowest.',
    );
    expect(suggestionText(found({ end: 'not-finite' }))).toContain('Ended after step 3, as the loss became no number.');
    const suggestion = { ...bounds, stillFalling: true };
    expect(suggestionText(found({ suggestion }))).toContain('with a higher --to the suggestion may be higher');
  });

  it('is the reason where nothing is suggested', () => {
    const suggestion = { kind: 'none', why: 'The loss did not fall.' } as const;
    expect(suggestedFlags(suggestion)).toBeNull();
    expect(suggestionText(found({ suggestion }))).toBe(
      'No suggestion: The loss did not fall.\nAll 100 rates were tried.',
    );
  });
});

describe('the curve', () => {
  it('is a table with a row per step', () => {
    expect(curveCsv(points).split('\n')).toEqual([
      'step,rate,loss,smoothedRate,smoothedLoss',
      '1,0.000001,1.5,5e-7,1.25',
      '2,0.0001,1,0.00005,1',
      '3,0.01,0.5,0.005,0.75',
      '',
    ]);
  });

  it('is a picture with the bounds marked, and none where there are none', async () => {
    const svg = curveChart(found());
    expect(svg).toContain('LR range test: unet, batches of 3 windows of 64 pixels');
    expect(svg).toContain('--lr 2.1e-5');
    expect(svg).toContain('--max_lr 1.3e-3');
    expect(curveChart(found({ suggestion: { kind: 'none', why: '' } }))).not.toContain('--lr');
  });

  it('leaves an explosion of the loss outside, so that the fall can be seen', async () => {
    const explosion = { step: 4, rate: 0.1, loss: 40, smoothedRate: 0.05, smoothedLoss: 5 };
    const svg = curveChart(found({ points: [...points, explosion] }));
    const numbers = [...svg.matchAll(/>([\d.]+)<\/text>/g)].map(([, text]) => Number(text));
    expect(Math.max(...numbers)).toBeLessThanOrEqual(2);
  });
});

describe('findRates', () => {
  const request = (out: string) => ({
    config,
    sweep: { ...DEFAULT_SWEEP, steps: 40 },
    out,
    requireGpu: false,
    gpu: '-1',
  });
  const watch = () => ({ onProgress: vi.fn(), onNote: vi.fn() });

  it('hands the request on, shows the steps, and leaves picture and table', async () => {
    const out = join(temporaryFolder(), 'new');
    const seen = watch();
    const rangeTest: typeof runRangeTest = async (given, options) => {
      expect(given).toBe(config);
      expect(options).toMatchObject({ sweep: { steps: 40, minRate: 1e-6 }, gpu: '-1', requireGpu: false });
      options?.onEvent?.({ type: 'device', device });
      options?.onEvent?.({ type: 'stage', stage: 'making the phantom', done: 1, total: 30 });
      options?.onEvent?.({ type: 'tried', point: points[1]!, steps: 40, secondsPerStep: 0.1 });
      return found();
    };
    const { result, files } = await findRates(request(out), rangeTest, seen);
    expect(result.suggestion).toBe(bounds);
    expect((await readdir(out)).sort()).toEqual(['lr-find.csv', 'lr-find.svg']);
    expect(await readFile(files.table, 'utf8')).toBe(curveCsv(points));
    expect(await readFile(files.chart as string, 'utf8')).toBe(curveChart(found()));
    expect(seen.onNote).toHaveBeenCalledWith('device: CPU, a CPU, TensorFlow 2.21.0');
    expect(seen.onProgress.mock.calls).toEqual([
      [{ phase: 'making the phantom', done: 1, total: 30 }],
      [{ phase: 'raising the rate', detail: 'step 2/40  rate 1.00e-4  loss 1.0000', done: 2, total: 40 }],
    ]);
  });

  it('leaves nothing when the test fails', async () => {
    const folder = temporaryFolder();
    const rangeTest: typeof runRangeTest = () => Promise.reject(new EnvironmentError('out of memory'));
    await expect(findRates(request(join(folder, 'new')), rangeTest, watch())).rejects.toThrow('out of memory');
    expect(await readdir(folder)).toEqual([]);
  });

  it('has a table and no picture where not a single loss was a number', async () => {
    const out = temporaryFolder();
    const none = found({ points: [], end: 'not-finite', suggestion: { kind: 'none', why: 'It rose.' } });
    const { files } = await findRates(request(out), () => Promise.resolve(none), watch());
    expect(Object.keys(files)).toEqual(['table']);
    expect(await readdir(out)).toEqual(['lr-find.csv']);
  });

  it('touches nothing in a folder that is in use', async () => {
    const folder = temporaryFolder();
    await writeFile(join(folder, 'mine.txt'), 'mine');
    const rangeTest = vi.fn<typeof runRangeTest>();
    await expect(findRates(request(folder), rangeTest, watch())).rejects.toThrow(InvalidOptionError);
    expect(rangeTest).not.toHaveBeenCalled();
    expect(await readdir(folder)).toEqual(['mine.txt']);
  });
});
