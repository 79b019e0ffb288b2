import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { encodeTiffStack } from '@dilated-unet/stacks';
import { temporaryFolder } from '../../stacks/test/support/folder.ts';
import { noiseStack } from '../../stacks/test/support/images.ts';
import { model } from './support/models.ts';

const BENCH = fileURLToPath(new URL('../dist/bench/cli.js', import.meta.url));
const folder = temporaryFolder();
beforeAll(() => writeFileSync(folder.file('model.onnx'), model()));

function bench(args: readonly string[]): {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
} {
  const all = [BENCH, '--model', 'model.onnx', ...args];
  return spawnSync(process.execPath, all, {
    cwd: folder.path,
    env: { ...process.env, INIT_CWD: folder.path },
    encoding: 'utf8',
  });
}

test('one JSON line per figure, with the machine first', () => {
  const { status, stdout } = bench(['--size', '400', '--tiles', '296', '--rounds', '1', '--threads', '1']);
  expect(status).toBe(0);
  const [first, ...figures] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(first).toMatchObject({ figure: 'machine', onnxruntime: '1.30.0', node: process.version, model: 'tiny-unet' });
  expect(figures).toHaveLength(3);
  expect(figures.map(({ width, tile, tiles }) => ({ width, tile, tiles }))).toEqual([
    { width: 512, tile: 512, tiles: 1 },
    { width: 400, tile: 296, tiles: 4 },
    { width: 400, tile: 400, tiles: 1 },
  ]);
  for (const { secondsBest, peakRssMB, threads, expansion } of figures) {
    expect(secondsBest).toBeGreaterThan(0);
    expect(peakRssMB).toBeGreaterThan(50);
    expect(expansion).toBeGreaterThanOrEqual(1);
    expect(threads).toBe(1);
  }
});

test('the command beside ONNX Runtime alone, on a stack', async () => {
  writeFileSync(folder.file('stack.tif'), await encodeTiffStack(noiseStack(64, 48, 3)));
  const { status, stdout } = bench(['--size', '64', '--tiles', '64', '--rounds', '1', '--stack', 'stack.tif']);
  expect(status).toBe(0);
  const figure = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<string, number>;
  expect(figure).toMatchObject({ figure: 'stack', input: 'stack.tif', runs: 1 });
  expect(figure['ofBare']).toBeGreaterThan(0);
});

test('a tile that is not possible is refused before anything is measured', () => {
  const { status, stderr } = bench(['--size', '400', '--tiles', '64']);
  expect(status).toBe(1);
  expect(stderr).toMatch(/^error: tile must be at least 200/);
});

test('a model that is missing is one line', () => {
  const { status, stderr } = bench(['--model', 'none.onnx']);
  expect(status).toBe(1);
  expect(stderr).toMatch(/^error: .*none\.onnx/);
});
