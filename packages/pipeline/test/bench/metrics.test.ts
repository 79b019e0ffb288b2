import { overlapCounts, overlapScores, section, type GreyStack } from '@dilated-unet/core';
import { describe, expect, it } from 'vitest';
import { sweepLine } from '../../src/bench/metrics.ts';
import { noisyPrediction } from '../../src/bench/noisy-prediction.ts';

/** Cells of 15 x 15 pixels with membranes of one pixel between them, two sections. */
function cells(): GreyStack<Uint8Array<SharedArrayBuffer>> {
  const [width, height, depth] = [64, 48, 2];
  const data = new Uint8Array(new SharedArrayBuffer(width * height * depth));
  for (let i = 0; i < data.length; i++) data[i] = i % 16 === 0 || Math.floor(i / width) % 16 === 0 ? 0 : 1;
  return { width, height, depth, data };
}

describe('the prediction that metrics are timed on', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(noisyPrediction(cells(), 1)).toEqual(noisyPrediction(cells(), 1));
    expect(noisyPrediction(cells(), 1).data).not.toEqual(noisyPrediction(cells(), 2).data);
  });

  it('resembles the labels, and errs at borders and between', () => {
    const labels = cells();
    const prediction = noisyPrediction(labels, 1);
    const counts = overlapCounts(section(prediction, 0), section(labels, 0));
    expect(overlapScores(counts).interiorDice).toBeGreaterThan(0.85);
    expect(counts.falsePositive).toBeGreaterThan(10);
    expect(new Set(prediction.data).size).toBeGreaterThan(1000);
  });

  it('of even labels without noise would be even: blurring keeps the mean', () => {
    const labels = { ...cells(), data: new Uint8Array(64 * 48 * 2).fill(1) };
    const { data } = noisyPrediction(labels, 3);
    // Noise of mean 0 around 1, of which all above 1 is cut.
    const mean = data.reduce((sum, p) => sum + p, 0) / data.length;
    expect(mean).toBeGreaterThan(0.9);
    expect(mean).toBeLessThan(1);
  });
});

it('the sweep is timed in one thread and in several', async () => {
  const labels = cells();
  const phases: string[] = [];
  const line = await sweepLine(
    { labels, probabilities: noisyPrediction(labels, 1) },
    { rounds: 2, threads: 2, onProgress: ({ phase }) => phases.push(phase) },
  );
  expect(line).toMatchObject({ bench: 'metrics-sweep', sections: 2, size: [48, 64], thresholds: 11, threads: 2 });
  expect(line['seconds']).toBeGreaterThan(0);
  expect(line['secondsOneThread']).toBeGreaterThan(0);
  expect(phases.length).toBe(2);
});
