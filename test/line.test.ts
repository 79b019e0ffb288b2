import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { addOverlap, OVERLAP_MEASURES, overlapCounts, overlapScores, readModelCard, section } from '@dilated-unet/core';
import { readStack } from '@dilated-unet/stacks/node';
import { expect, test } from 'vitest';

const RUN = fileURLToPath(new URL('../packages/pipeline/bin/run.js', import.meta.url));

interface Summary {
  readonly variant: string;
  readonly parameters: number;
  readonly onnxMaxDifference: number;
  readonly heldOut: Record<string, number>;
  readonly files: Record<string, { readonly sha256: string; readonly bytes: number }>;
}

test('the command trains on the built-in data, exports, converts, verifies and segments', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dilated-unet-line-'));
  const flags = [
    '--variant',
    'dilated-unet',
    '--window',
    '64',
    '--batch-size',
    '1',
    '--steps-per-epoch',
    '3',
    '--epochs',
    '1',
  ];
  const { stdout } = await promisify(execFile)(process.execPath, [RUN, 'train', ...flags, '--out', 'run'], {
    cwd: folder,
    env: { ...process.env, INIT_CWD: folder },
  });
  const summary = JSON.parse(await readFile(join(folder, 'run/summary.json'), 'utf8')) as Summary;
  expect(summary).toMatchObject({ variant: 'dilated-unet', parameters: 2_772_816 });
  expect(summary.onnxMaxDifference).toBeLessThan(1e-4);
  // Scored from two implementations of one function: only pixels within rounding of the threshold may differ.
  const heldOut = (name: string) => readStack(join(folder, 'run/held-out', name));
  const labels = await heldOut('labels.tif');
  const probabilities = await heldOut('tensorflow-probabilities.tif');
  const counts = Array.from({ length: 6 }, (_, z) => overlapCounts(section(probabilities, z), section(labels, z)));
  const tensorflow = overlapScores(counts.reduce(addOverlap));
  for (const { key } of OVERLAP_MEASURES) expect(summary.heldOut[key], key).toBeCloseTo(tensorflow[key], 3);
  const files = ['--labels', 'run/held-out/labels.tif', '--prediction', 'run/held-out/probabilities.tif', '--json'];
  const evaluated = await promisify(execFile)(process.execPath, [RUN, 'evaluate', ...files], {
    env: { ...process.env, INIT_CWD: folder },
  });
  expect(summary.heldOut).toEqual(JSON.parse(evaluated.stdout));
  for (const [path, { sha256, bytes }] of Object.entries(summary.files)) {
    const content = await readFile(join(folder, 'run', path));
    expect([createHash('sha256').update(content).digest('hex'), content.length], path).toEqual([sha256, bytes]);
  }
  expect(Object.keys(summary.files)).toEqual(
    expect.arrayContaining(['model.onnx', 'config.json', 'log.csv', 'held-out/mask.tif', 'held-out/overlay.png']),
  );
  expect(readModelCard(await readFile(join(folder, 'run/model.onnx'))).name).toBe('dilated-unet');
  const mask = await readStack(join(folder, 'run/held-out/mask.tif'));
  expect([mask.width, mask.height, mask.depth]).toEqual([512, 512, 6]);
  expect(mask.data.every((value) => value === 0 || value === 255)).toBe(true);
  for (const said of ['model.onnx', 'overlay.png', 'mask.tif', 'Dice']) expect(stdout).toContain(said);
  await rm(folder, { recursive: true });
});
