import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const BENCH = fileURLToPath(new URL('../dist/bench/cli.js', import.meta.url));

test('one JSON line per figure: times, downloads, longest tasks', () => {
  const words = [BENCH, '--runs', '1', '--size', '1024'];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
  expect(stderr).not.toMatch(/error|defect/);
  expect(status).toBe(0);
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, number>);
  expect(lines.map(({ figure, phase }) => [figure, phase].join(' ').trim())).toEqual([
    'first paint',
    'image shown',
    'segmentation',
    'downloads',
    'longest task loading',
    'longest task segmenting',
    'longest task opening',
    'longest task panning',
    'longest task panning while segmenting',
  ]);
  const [firstPaint, shown, segmentation, downloads] = lines as [
    Record<string, number>,
    Record<string, number>,
    Record<string, number>,
    Record<string, number>,
  ];
  expect(firstPaint['ms']).toBeGreaterThan(0);
  expect(shown['ms']).toBeGreaterThan(firstPaint['ms'] as number);
  expect(segmentation['ms']).toBeGreaterThan(0);
  for (const kind of ['page', 'wasm', 'model']) expect(downloads[kind]).toBeGreaterThan(10_000);
  // The goal; 18 MB where WebAssembly is not compressed.
  expect(downloads['bytes']).toBeLessThan(17e6);
  for (const line of lines)
    expect(line).toMatchObject({ bench: 'viewer', browser: expect.stringMatching(/^Chromium \d/) as string });
});
