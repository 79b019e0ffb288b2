import { evaluateStack, MEASURES, type GreyStack } from '@dilated-unet/core';
import { IGNORED } from '@dilated-unet/stacks';
import { describe, expect, it } from 'vitest';
import { report, reportTable } from '../../src/scoring/report.ts';
import { scoreStack } from '../../src/scoring/score-stack.ts';

const SECTIONS = 5;

/** Sections of two cells with a membrane between them that fades from the first to the last. */
function stacks() {
  const [width, height] = [9, 4];
  const shape = { width, height, depth: SECTIONS };
  const labels = new Uint8Array(new SharedArrayBuffer(SECTIONS * width * height));
  const probabilities = new Float32Array(new SharedArrayBuffer(4 * SECTIONS * width * height));
  for (let i = 0; i < labels.length; i++) {
    const membrane = i % width === 4;
    const z = Math.floor(i / (width * height));
    labels[i] = membrane ? 0 : 1;
    probabilities[i] = membrane ? z / SECTIONS : 0.95;
  }
  return { labels: { ...shape, data: labels }, probabilities: { ...shape, data: probabilities } };
}

describe('scoring in threads', () => {
  it.each([1, 2, 8])('gives what one thread gives, section by section: %d threads', async (threads) => {
    const seen: number[] = [];
    const evaluation = await scoreStack(stacks(), { threads, onSection: (done) => seen.push(done) });
    const { probabilities, labels } = stacks();
    expect(evaluation).toEqual(evaluateStack(probabilities, labels as GreyStack));
    expect(seen).toEqual([1, 2, 3, 4, 5]);
  });

  it('passes over sections in which no pixel counts', async () => {
    const { labels, probabilities } = stacks();
    labels.data.fill(IGNORED, 36, 72);
    labels.data.fill(IGNORED, 3 * 36, 3 * 36 + 9);
    const seen: string[] = [];
    const scored = await scoreStack(
      { labels, probabilities },
      { threads: 2, onSection: (done, total) => seen.push(`${done}/${total}`) },
    );
    expect(seen).toEqual(['1/4', '2/4', '3/4', '4/4']);
    expect(scored).toEqual(evaluateStack(probabilities, labels as GreyStack, { ignore: IGNORED }));
    const said = report(scored, 'float32', { counted: 135 / 180 });
    expect(said.perSection.map(({ section }) => section)).toEqual([1, 3, 4, 5]);
    expect(said.counted).toBe(0.75);
    expect(reportTable(said)).toMatch(
      /over all its pixels that count\.\n75\.0% of the pixels count, in 4 sections; to every/,
    );
  });

  it('ends with the reason of its signal', async () => {
    const controller = new AbortController();
    const onSection = () => controller.abort(new Error('Stopped.'));
    await expect(scoreStack(stacks(), { threads: 1, onSection, signal: controller.signal })).rejects.toThrow(
      'Stopped.',
    );
  });

  it('fails where a thread fails', async () => {
    const { labels, probabilities } = stacks();
    probabilities.data[0] = 7;
    await expect(scoreStack({ labels, probabilities })).rejects.toThrow('must be in 0 ... 1; received 7');
  });
});

describe('the report', () => {
  const { probabilities, labels } = stacks();
  const result = report(evaluateStack(probabilities, labels), 'float32');

  it('names the thresholds as one says them', () => {
    // The nearest float32 to 0.8, of the last membrane, is above 0.8: at 0.9 alone all cells are apart.
    expect(result).toMatchObject({
      thresholds: { vRand: 0.9, vInfo: 0.9, pixelError: 0.9, warpingError: 0.5, interiorDice: 0.5 },
      prediction: 'float32',
    });
    const sure = { ...probabilities, data: Float32Array.from(labels.data, (label) => (label ? 1 : 0.95)) };
    expect(report(evaluateStack(sure, labels), '').thresholds.vRand).toBe(1);
  });

  it('has each section at the thresholds of the stack, so that their mean is the stack', () => {
    expect(result.perSection.map(({ section }) => section)).toEqual([1, 2, 3, 4, 5]);
    for (const { key: field } of MEASURES.slice(0, 4)) {
      const mean = result.perSection.reduce((sum, one) => sum + one[field], 0) / SECTIONS;
      expect(result[field], field).toBeCloseTo(mean, 14);
    }
    // At 0.5 the last two sections are merged: the 4 pixels of the membrane cannot close.
    expect(result.perSection.map(({ warpingError }) => warpingError)).toEqual([0, 0, 0, 4 / 36, 4 / 36]);
    expect(result.perSection.map(({ membraneDice }) => membraneDice)).toEqual([1, 1, 1, 0, 0]);
  });

  it('is a table of the same numbers', () => {
    const lines = reportTable(result).split('\n');
    expect(lines[0]).toMatch(/^section +V_Rand +V_Info +warping error +pixel error +interior Dice +membrane Dice/);
    expect(lines[5]).toMatch(/^5 +1\.0000 +1\.0000 +0\.111111 +0\.0000 +0\.9412 +0\.0000 /);
    expect(lines[6]).toMatch(/^stack +1\.0000 +1\.0000 +0\.044444 +0\.0000 /);
    expect(lines[7]).toMatch(/^threshold +0\.9 +0\.9 +0\.5 +0\.9 +0\.5/);
    expect(new Set(lines.slice(0, 8).map((line) => line.length)).size).toBe(1);
    expect(lines).toContain('prediction: float32');
  });
});
