import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { unet, unetWidths } from '@dilated-unet/core';
import { exportModel, initialWeights } from '@dilated-unet/trainer';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../stacks/test/support/folder.ts';

const BENCH = fileURLToPath(new URL('../dist/inference/cli.js', import.meta.url));
/** Of 16 filters in its first stage. */
const NARROW = fileURLToPath(new URL('../../../models/phantom.zip', import.meta.url));
const folder = temporaryFolder();

function bench(...args: readonly string[]) {
  const env = { ...process.env, INIT_CWD: folder.path };
  return spawnSync(process.execPath, [BENCH, ...args], { cwd: folder.path, env, encoding: 'utf8' });
}

const REFUSAL =
  /cannot be measured beside Keras and PyTorch: its network is unet of a width of its own.* --no-peers\.$/;

test('a package of another width is measured without peers', () => {
  const { stdout, stderr, status } = bench(
    ...['--model', NARROW, '--no-peers', '--engine', 'wasm', '--size', '64', '--rounds', '1', '--runs', '1'],
  );
  expect(status, stderr).toBe(0);
  const figures = stdout.trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>); // prettier-ignore
  expect(figures[0]).toMatchObject({ variant: null, form: 'fp32-wasm', engine: 'wasm', size: 64, ratioKeras: null });
});

test('beside peers it is refused, and what to do is said', () => {
  const { stderr, status } = bench('--model', NARROW);
  expect(status).toBe(1);
  expect(stderr.trim()).toMatch(REFUSAL);
});

test('so is a run of another width, before it is packaged', async () => {
  const network = unet(unetWidths(2));
  const directory = join(folder.file('run'), 'graph-model');
  await exportModel({ network, weights: initialWeights(network, 1), normalisation: { mean: 1, std: 1 }, directory });
  const { stderr, status } = bench('--run', 'run');
  expect(status).toBe(1);
  // Packaged, it would be refused as one that is not finished.
  expect(stderr.trim()).toMatch(REFUSAL);
  expect(bench('--run', 'run', '--no-peers').stderr).toContain('is not the folder of a finished run');
});
