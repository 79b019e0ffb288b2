import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { stackNormalisation, normalise } from '@dilated-unet/core';
import { layMontage, montageNormalisation, montageShape } from '../../src/data/montage.ts';
import { createSampler } from '../support/one-stack.ts';
import { PYTHON, pythonScript } from '../support/keras.ts';

/** What tools/python/montage.py, which trains Keras beside the trainer, makes of the same; `code` prints JSON. */
function python<T>(code: string): T {
  const program = `import json, sys; sys.path.insert(0, '.'); import numpy as np; from montage import *; ${code}`;
  return JSON.parse(execFileSync(PYTHON, ['-c', program], { cwd: pythonScript('.'), encoding: 'utf8' })) as T;
}

const shape = { width: 3, height: 2, depth: 6 };
const stack = { ...shape, data: Uint8Array.from({ length: 36 }, (_, i) => (i * 41) % 251) };
const ORDER = [4, 0, 5, 2, 1, 3];
const given = `stack = np.array(${JSON.stringify([...stack.data])}, 'u1').reshape(6, 2, 3); order = np.array(${JSON.stringify(ORDER)});`;

describe('the montages of Keras', () => {
  it('have the shapes of ours', () => {
    const counts = [4, 6, 12, 20, 30, 49];
    const shapes = python<number[][]>(`print(json.dumps([montage_shape(n) for n in ${JSON.stringify(counts)}]))`);
    const ours = counts.map((count) => montageShape(count)).map(({ rows, columns }) => [rows, columns]);
    expect(shapes).toEqual(ours);
    expect(shapes[4]).toEqual([6, 5]);
  });

  it('lie as ours do, and have the same z-scores', () => {
    const ours = layMontage(stack, ORDER, { rows: 3, columns: 2 });
    const { laid, scores } = python<{ laid: number[][]; scores: number[] }>(
      `${given} m = lay_montage(stack, order, 3, 2); print(json.dumps({'laid': m.tolist(), 'scores': z_scores(m).ravel().tolist()}))`,
    );
    expect(laid).toHaveLength(ours.height);
    expect(laid.flat()).toEqual([...ours.data]);
    const expected = normalise(ours.data, montageNormalisation(stack));
    scores.forEach((score, i) => expect(score).toBeCloseTo(expected[i] as number, 5));
    expect(stackNormalisation(ours).mean).toBeCloseTo(stackNormalisation(stack).mean, 10);
  });

  it('are cut where ours are: from the first place to the last but one', () => {
    const { low, high, cut } = python<Record<'low' | 'high', number[]> & { cut: number[] }>(
      `r = np.random.default_rng(1); s = window_starts((20, 14), 8, 4000, r); ` +
        `m = np.arange(280).reshape(20, 14); c = cut_windows(m, np.array([[3, 2]]), 2); ` +
        `print(json.dumps({'low': s.min(0).tolist(), 'high': s.max(0).tolist(), 'cut': c.ravel().tolist()}))`,
    );
    expect({ low, high }).toEqual({ low: [0, 0], high: [11, 5] });
    expect(cut).toEqual([44, 45, 58, 59]);
    // A plane that tells its places; 0 mean and unit variance leave them as they are.
    const plane = { width: 14, height: 20, depth: 1, data: Uint16Array.from({ length: 280 }, (_, i) => i) };
    const sampler = createSampler({
      train: { images: plane, labels: { ...plane, data: new Uint8Array(280) } },
      normalisation: { mean: 0, std: 1 },
      window: 8,
      batchSize: 1,
      augmentation: {},
      seed: 1,
      endExcluded: true,
    });
    const starts = Array.from({ length: 4000 }, (_, step) => sampler.batch(step).images[0] as number);
    expect(Math.max(...starts.map((start) => Math.floor(start / 14)))).toBe(high[0]);
    expect(Math.max(...starts.map((start) => start % 14))).toBe(high[1]);
    expect(Math.min(...starts)).toBe(0);
  });
});
