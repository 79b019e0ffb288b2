import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { section } from '@dilated-unet/core';
import { encodeTiffStack } from '@dilated-unet/stacks';
import { writeSections } from '@dilated-unet/stacks/node';
import { model } from '../../runtime-node/test/support/models.ts';
import { temporaryFolder } from '../../stacks/test/support/folder.ts';
import { noiseStack } from '../../stacks/test/support/images.ts';

const BENCH = fileURLToPath(new URL('../dist/segment/cli.js', import.meta.url));
const folder = temporaryFolder();
beforeAll(() => writeFileSync(folder.file('model.onnx'), model()));

function bench(args: readonly string[]): {
  readonly status: number | null;
  readonly stderr: string;
  readonly figures: readonly Record<string, unknown>[];
} {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BENCH, '--model', 'model.onnx', ...args], {
    cwd: folder.path,
    env: { ...process.env, INIT_CWD: folder.path },
    encoding: 'utf8',
  });
  const lines = stdout.split('\n').filter((line) => line !== '');
  return { status, stderr, figures: lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

describe('a section and a large image', () => {
  test('one JSON line per figure, with the model first', () => {
    const { status, figures } = bench(['--size', '400', '--tiles', '296', '--rounds', '1', '--threads', '1']);
    expect(status).toBe(0);
    const [first, ...others] = figures;
    expect(first).toMatchObject({ figure: 'model', onnxruntime: '1.30.0', model: 'tiny-unet' });
    expect(first?.['machine']).toMatchObject({ node: process.version });
    expect(others.map(({ width, tile, tiles }) => ({ width, tile, tiles }))).toEqual([
      { width: 512, tile: 512, tiles: 1 },
      { width: 400, tile: 296, tiles: 4 },
      { width: 400, tile: 400, tiles: 1 },
    ]);
    for (const { secondsMedian, spread, peakRssMB, threads, expansion } of others) {
      expect(secondsMedian).toBeGreaterThan(0);
      expect(spread).toBeGreaterThanOrEqual(0);
      expect(peakRssMB).toBeGreaterThan(50);
      expect(expansion).toBeGreaterThanOrEqual(1);
      expect(threads).toBe(1);
    }
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
});

describe('a stack', () => {
  const stack = async (width: number): Promise<void> =>
    writeFileSync(folder.file('stack.tif'), await encodeTiffStack(noiseStack(width, 48, 3)));

  test('the command beside ONNX Runtime alone, without peers', async () => {
    await stack(64);
    const { status, figures } = bench(['--stack', 'stack.tif', '--no-peers', '--rounds', '2']);
    expect(status).toBe(0);
    expect(figures.map(({ contestant }) => contestant)).toEqual(['ours-fp32', 'bare-fp32']);
    for (const figure of figures) {
      expect(figure).toMatchObject({
        figure: 'stack',
        input: 'stack.tif',
        sections: 3,
        width: 64,
        height: 48,
        rounds: 2,
      });
      expect(figure).toMatchObject({ version: 'onnxruntime-node 1.30.0', model: 'tiny-unet' });
      expect(figure['pixelsPerSecond']).toBeGreaterThan(0);
    }
    expect(figures.map(({ over }) => over)).toEqual([
      { 'bare-fp32': expect.any(Number) as number },
      { 'ours-fp32': expect.any(Number) as number },
    ]);
    expect(figures[0]?.['maxDifference']).toBeLessThan(1e-5);
    expect(figures[1]?.['maxDifference']).toBe(0);
  });

  test('one that states other pixels than the model: all are given the same', async () => {
    writeFileSync(folder.file('fine.onnx'), model('tiny-unet', { pixelSize: { y: 4, x: 4.5 } }));
    const noise = noiseStack(64, 48, 3);
    const three = [0, 1, 2].map((z) => section(noise, z));
    await writeSections(folder.file('coarse.tif'), three, { pixelSize: { z: 50, y: 8, x: 9 } });
    const words = ['--model', 'fine.onnx', '--stack', 'coarse.tif', '--no-peers', '--rounds', '1'];
    const { status, stderr, figures } = bench(words);
    expect(status, stderr).toBe(0);
    expect(figures[0]?.['maxDifference']).toBeLessThan(1e-5);
  });

  test('peers are not measured for a model without its weights: said before they are installed', async () => {
    await stack(64);
    const { status, stderr } = bench(['--stack', 'stack.tif']);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^error: .*model\.onnx/);
    expect(stderr).not.toContain('installing');
  });

  test('sections that ONNX Runtime alone does not take are refused', async () => {
    await stack(60);
    const { status, stderr } = bench(['--stack', 'stack.tif', '--no-peers']);
    expect(status).toBe(1);
    expect(stderr).toMatch(/sections of 60 x 48\. .* multiples of 8\. Give another stack\./);
  });
});
