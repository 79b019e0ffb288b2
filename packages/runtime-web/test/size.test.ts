import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { PACKAGE } from '../vite.shared.ts';

const STANDALONE = join(PACKAGE, 'dist', 'standalone');

/** Bytes, gzipped file by file, of `file` and all that it imports before it runs. */
function size(file: string, seen = new Set<string>()): number {
  if (seen.has(file)) return 0;
  seen.add(file);
  const text = readFileSync(file, 'utf8');
  const imported = [...text.matchAll(/(?:from|import)\s*["']([^"']+)["']/g)].map(([, name = '']) => name);
  return imported
    .filter((name) => name.startsWith('.'))
    .reduce((sum, name) => sum + size(join(dirname(file), name), seen), gzipSync(text, { level: 9 }).length);
}

// Without ONNX Runtime. What opens packages comes with the first of them.
it.each([
  ['index.js', 15_000],
  ['worker.js', 15_000],
  ['canvas.js', 5000],
  ['openseadragon.js', 5000],
  ['viv.js', 5000],
])('%s has at most %i bytes, gzipped', (entry, most) => {
  const bytes = size(join(STANDALONE, entry));
  expect(bytes).toBeGreaterThan(100);
  expect(bytes).toBeLessThanOrEqual(most);
});
