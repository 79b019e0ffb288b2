import { chmodSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../stacks/test/support/folder.ts';
import type { InferenceTimes } from '../src/inference/task.ts';
import type { MeasuredInference } from '../src/inference/measure.ts';
import { peerContestants } from '../src/segment/contestants.ts';
import { stackLine } from '../src/segment/line.ts';

const folder = temporaryFolder();
/** Tells the script that it is given, and the task. */
const INTERPRETER = `#!/usr/bin/env node
const [script, task] = process.argv.slice(2);
console.log(JSON.stringify({ ms: [1], version: script.split('/').at(-1), settings: JSON.parse(task) }));
`;
beforeAll(() => {
  writeFileSync(folder.file('python'), INTERPRETER);
  chmodSync(folder.file('python'), 0o755);
});

const unet = { stride: 8, receptiveFieldRadius: 90 };
const peers = (card = unet, flags: readonly string[] = ['avx512_bf16']) =>
  peerContestants(
    { keras: folder.file('python'), torch: folder.file('python') },
    { variant: 'unet', weights: 'weights.safetensors' },
    card,
    flags,
  );
const task = { images: 'i.f32', depth: 1, height: 8, width: 8, output: 'o.f32', warmUp: 1, runs: 1, threads: 2 };
const given = async (name: string): Promise<InferenceTimes | undefined> =>
  peers()
    .find((one) => one.name === name)
    ?.run(task, new AbortController().signal);

describe('the peers', () => {
  test('are Keras, PyTorch in two precisions, and the windows of MONAI', () => {
    expect(peers().map(({ name, mustEqual }) => [name, mustEqual])).toEqual([
      ['keras', 'bare-fp32'],
      ['torch', 'bare-fp32'],
      ['torch-bfloat16', null],
      ['monai-256', null],
      ['monai-512', null],
      ['monai-256-halo', null],
    ]);
  });

  test('16 bits only where the processor computes in them, a halo only where a window is wider than two', () => {
    expect(peers(unet, ['avx2', 'avx512_vnni']).map(({ name }) => name)).not.toContain('torch-bfloat16');
    expect(peers({ stride: 8, receptiveFieldRadius: 150 }).at(-1)?.name).toBe('monai-512-halo');
    expect(peers({ stride: 8, receptiveFieldRadius: 553 }).at(-1)?.name).toBe('monai-512');
  });

  test('are given the trained weights, and by default a section in one piece', async () => {
    const weights = { model: 'weights.safetensors', variant: 'unet', threads: 2, images: 'i.f32' };
    expect(await given('keras')).toMatchObject({ version: 'bench_keras_predict.py', settings: weights });
    const whole = { ...weights, window: null, overlap: null };
    expect(await given('torch')).toMatchObject({
      version: 'bench_torch_predict.py',
      settings: { ...whole, dtype: 'float32' },
    });
    expect(await given('torch-bfloat16')).toMatchObject({ settings: { ...whole, dtype: 'bfloat16' } });
  });

  test("MONAI's windows have its own overlap, or two halos", async () => {
    expect(await given('monai-512')).toMatchObject({ settings: { window: 512, overlap: null, dtype: 'float32' } });
    expect(await given('monai-256-halo')).toMatchObject({ settings: { window: 256, overlap: 0.75 } });
  });
});

describe('the figure of a contestant', () => {
  const measured = (name: string, rounds: readonly number[], probabilities: readonly number[]): MeasuredInference => ({
    name,
    engine: 'cpu',
    depth: 2,
    rounds,
    version: `${name} 1`,
    probabilities: Float32Array.from(probabilities),
  });
  const size = { height: 1, width: 1 };

  test('is its throughput, over that of each other in the same round, and its difference from whole sections', () => {
    const all = [
      measured('ours-int8', [100, 1000, 100], [0.25, 0.75]),
      measured('bare-fp32', [200, 2000, 250], [0.25, 0.25]),
      measured('keras', [300, 3000, 250], [0.25, 0.25]),
    ];
    expect(stackLine(all[0] as MeasuredInference, all, size)).toEqual({
      figure: 'stack',
      contestant: 'ours-int8',
      sections: 2,
      width: 1,
      height: 1,
      secondsPerSection: 0.1,
      pixelsPerSecond: 10,
      over: { 'bare-fp32': 2, keras: 3 },
      spread: 4.5,
      rounds: 3,
      maxDifference: 0.5,
      meanDifference: 0.25,
      classChanged: 0.5,
      version: 'ours-int8 1',
    });
  });

  test('says with what settings it ran, where they are its own', () => {
    const settings = { roiSize: 256, overlap: 0.25, mode: 'constant' };
    const monai = { ...measured('monai-256', [1], [0.5, 0.5]), settings };
    expect(stackLine(monai, [monai, measured('bare-fp32', [1], [0.5, 0.5])], size)).toMatchObject({ settings });
  });
});
