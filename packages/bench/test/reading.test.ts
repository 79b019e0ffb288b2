import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const CLI = resolve(import.meta.dirname, '../dist/reading/cli.js');

test('times each form of file with ours and with geotiff, a line of JSON each', async () => {
  const options = ['--size', '64', '--rounds', '1', '--duration', '0', '--no-python'];
  const { stdout } = await promisify(execFile)(process.execPath, [CLI, ...options]);
  const figures = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(figures.map(({ form }) => form)).toEqual([
    'uncompressed',
    'deflate',
    'lzw',
    'tiled',
    'tiled deflate',
    'uncompressed, to the same memory',
  ]);
  for (const figure of figures) {
    expect(figure).toMatchObject({
      figure: 'reading',
      width: 64,
      dtype: 'uint8',
      megabytesPerSecond: { ours: expect.any(Number) as number, geotiff: expect.any(Number) as number },
      spread: { ours: expect.any(Number) as number, geotiff: expect.any(Number) as number },
      'ratio to geotiff': expect.any(Number) as number,
      versions: { ours: '0.1.0', geotiff: expect.stringMatching(/^3\./) as string },
    });
    expect(figure['machine']).toBeDefined();
  }
});
