import { createRequire } from 'node:module';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromiumPath } from '@dilated-unet/tools';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { benchWeb } from '../src/web/bench.ts';
import { fixedTiles } from '../src/web/fixed-tiles.ts';
import { webFigure } from '../src/web/measure.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bench-web-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('times the package, ONNX Runtime alone and TensorFlow.js in a browser, a figure for one thread and for all', async () => {
  const figures: object[] = [];
  const path = createRequire(import.meta.url).resolve('@dilated-unet/models/phantom.zip');
  const options = { path, folder, chromium: chromiumPath(), size: 128, gpuSize: 128, tfjsTile: 64, rounds: 1 };
  await benchWeb(
    { ...options, gpu: 'none' },
    {
      figure: (line) => void figures.push(JSON.parse(JSON.stringify(line)) as object),
      onProgress: () => undefined,
      onNote: () => undefined,
      signal: new AbortController().signal,
    },
  );
  const speed = expect.any(Number) as number;
  expect(figures).toHaveLength(2);
  expect(figures[0]).toMatchObject({
    bench: 'segment-web',
    model: 'Small U-net for the phantom',
    device: 'wasm',
    threads: 1,
    size: 128,
    megapixelsPerSecond: { ours: speed, bare: speed, tfjs: speed },
    spread: { ours: speed, bare: speed, tfjs: speed },
    ofBare: speed,
    overTfjs: speed,
    rounds: 1,
    backends: { ours: 'wasm', tfjs: 'wasm' },
    libraries: { bare: 'onnxruntime-web 1.30.0', tfjs: 'tfjs 4.22.0' },
    browser: expect.stringMatching(/^Chromium \d/) as string,
  });
  expect(figures[1]).toMatchObject({ device: 'wasm', size: 128 });
});

test.each([
  [1024, 256, 96, 448, 16],
  [512, 256, 96, 448, 4],
  [448, 256, 96, 448, 1],
  [1000, 256, 8, 272, 16],
  [64, 256, 96, 64, 1],
])('%i pixels, %i kept with a halo of %i: tiles of %i that keep each pixel once', (size, kept, halo, side, count) => {
  const { side: found, tiles } = fixedTiles(size, { kept, halo });
  expect([found, tiles.length]).toEqual([side, count]);
  const times = new Uint8Array(size * size);
  for (const { x, y, kept: part } of tiles) {
    for (const [first, begin, length] of [
      [x, part.x, part.width],
      [y, part.y, part.height],
    ] as const) {
      expect(first).toBeGreaterThanOrEqual(0);
      expect(first + side).toBeLessThanOrEqual(size);
      // What is kept has its halo, or the border of the image.
      expect(first === 0 || begin - first >= halo).toBe(true);
      expect(first + side === size || first + side - (begin + length) >= halo).toBe(true);
    }
    for (let row = part.y; row < part.y + part.height; row++) {
      for (let column = part.x; column < part.x + part.width; column++)
        times[row * size + column] = (times[row * size + column] as number) + 1;
    }
  }
  expect(times.every((n) => n === 1)).toBe(true);
});

test('ratios are medians of the quotients of a round: a slow spell falls on all', () => {
  const opened = { library: 'a 1', backend: 'wasm' };
  const figure = webFigure(1000, {
    opened: { ours: opened, bare: opened, tfjs: opened },
    seconds: { ours: [2, 20, 2], bare: [1.9, 19, 2], tfjs: [6, 60, 5] },
    difference: { bare: 0, tfjs: 1e-6 },
  });
  expect(figure).toMatchObject({ megapixelsPerSecond: { ours: 0.5, tfjs: 0.1667 }, ofBare: 0.95, overTfjs: 3 });
  // Half of the times lie between 2 and 11 s.
  expect(figure.spread.ours).toBe(4.5);
});
