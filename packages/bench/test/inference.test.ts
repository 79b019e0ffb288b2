import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { InferenceContestant } from '../src/inference/contestants.ts';
import { inferenceLine } from '../src/inference/line.ts';
import {
  difference,
  measureInference,
  type InferenceMeasuring,
  type MeasuredInference,
} from '../src/inference/measure.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bench-model-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Gives `probabilities` and takes `ms`, one entry a pass, for each of its rounds. */
function contestant(
  name: string,
  probabilities: readonly number[],
  ms: readonly (readonly number[])[],
  mustEqual: string | null = null,
): InferenceContestant {
  let round = 0;
  return {
    name,
    engine: 'cpu',
    mustEqual,
    async run({ output }) {
      order.push(name);
      await writeFile(output, new Uint8Array(Float32Array.from(probabilities).buffer));
      return { ms: ms[round++] ?? [], version: `${name} 1` };
    },
  };
}
const order: string[] = [];

const measuring = (rounds: number): InferenceMeasuring => ({
  images: { images: 'image.f32', depth: 1, height: 1, width: 2 },
  folder,
  rounds,
  runs: 2,
  threads: 1,
  onProgress: () => undefined,
  signal: new AbortController().signal,
});

const measured = (
  name: string,
  rounds: readonly number[],
  more: Partial<MeasuredInference> = {},
): MeasuredInference => ({
  name,
  engine: 'cpu',
  depth: 1,
  rounds,
  version: `${name} 1`,
  probabilities: Float32Array.of(0.1, 0.9),
  ...more,
});
const form = { name: 'fp32', engine: 'cpu', deviation: null } as const;

describe('measuring', () => {
  test('is interleaved and keeps the fastest prediction of each round', async () => {
    const both = [contestant('plain', [0.2], [[4, 3], [6, 5]]), contestant('fp32', [0.2], [[2, 9], [8, 1]])]; // prettier-ignore
    const found = await measureInference(both, measuring(2));
    expect(order.splice(0)).toEqual(['plain', 'fp32', 'plain', 'fp32']);
    expect(found.map(({ rounds }) => rounds)).toEqual([
      [3, 5],
      [2, 1],
    ]);
    expect(found[0]?.probabilities).toEqual(Float32Array.of(0.2));
  });

  test('a contestant that predicts the first images alone is timed, and compared, by those', async () => {
    const images = { images: 'images.f32', depth: 3, height: 1, width: 1 };
    const asked: number[] = [];
    const few = contestant('few', [0.25], [[10]]);
    const run: InferenceContestant['run'] = (task, signal) => (asked.push(task.depth), few.run(task, signal));
    const all = [contestant('all', [0.5, 0, 0], [[60]]), { ...few, run, most: 1 }];
    const [whole, one] = await measureInference(all, { ...measuring(1), images });
    expect(asked).toEqual([1]);
    expect([whole?.rounds, one?.rounds]).toEqual([[20], [10]]);
    expect(one?.depth).toBe(1);
    expect(difference(one as MeasuredInference, whole as MeasuredInference)).toMatchObject({
      maxDifference: 0.25,
      meanDifference: 0.25,
    });
  });

  test('who computes something else than it must is refused', async () => {
    const beside = (probability: number, mustEqual: string | null) =>
      measureInference(
        [contestant('plain', [0.2, 0.5], [[1]]), contestant('torch', [0.2, probability], [[1]], mustEqual)],
        measuring(1),
      );
    await expect(beside(0.502, 'plain')).rejects.toThrow(/torch \(torch 1\) differs from plain by 0.002/);
    await expect(beside(NaN, 'plain')).rejects.toThrow(/differs from plain by NaN/);
    await expect(beside(0.5001, 'plain')).resolves.toHaveLength(2);
    await expect(beside(0.502, null)).resolves.toHaveLength(2);
  });

  test('settings that a contestant decides itself are kept', async () => {
    const settings = { overlap: 0.25 };
    const one = contestant('monai', [0.2], [[1]]);
    const run: InferenceContestant['run'] = async (...given) => ({ ...(await one.run(...given)), settings });
    expect(await measureInference([{ ...one, run }], measuring(1))).toMatchObject([{ settings }]);
  });
});

describe('the figure of a form', () => {
  test('ratios are medians of the quotients of a round: a slow spell falls on both', () => {
    const all = [
      measured('plain', [100, 1000, 100]),
      measured('fp32', [80, 800, 90]),
      measured('keras', [160, 1600, 90]),
      measured('torch', [200, 2000, 200]),
    ];
    expect(inferenceLine('unet', 512, form, all)).toMatchObject({
      bench: 'inference',
      variant: 'unet',
      form: 'fp32',
      engine: 'cpu',
      size: 512,
      ms: 90,
      ratioPlain: 0.8,
      ratioKeras: 0.5,
      ratioTorch: 0.4,
      maxDifference: 0,
      classChanged: 0,
      dice: null,
      allMs: { plain: 100, keras: 160 },
      versions: { torch: 'torch 1' },
    });
  });

  test('WebAssembly is set beside the plain file in WebAssembly, and no peer', () => {
    const engine = 'wasm';
    const all = [
      measured('plain', [1]),
      measured('keras', [1]),
      measured('plain', [100], { engine }),
      measured('fp32-wasm', [85], { engine }),
    ];
    expect(inferenceLine('unet', 512, { ...form, name: 'fp32-wasm', engine }, all)).toMatchObject({
      ratioPlain: 0.85,
      ratioKeras: null,
      ratioTorch: null,
    });
  });

  test('says how it differs from the plain file, and what the package says of its scores', () => {
    const probabilities = Float32Array.of(0.1, 0.4);
    const deviation = { largestDifference: 1, meanDifference: 1, classChanged: 1, interiorDice: -0.25, vRand: 0.125 };
    const all = [measured('plain', [1]), measured('fp32', [1], { probabilities })];
    expect(inferenceLine('unet', 512, { ...form, deviation }, all)).toMatchObject({
      maxDifference: 0.5,
      meanDifference: 0.25,
      classChanged: 0.5,
      dice: -0.25,
      vRand: 0.125,
      vInfo: null,
    });
  });
});
