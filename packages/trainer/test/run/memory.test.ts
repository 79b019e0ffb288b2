import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { StepTimes } from '../../src/bench/step-task.ts';

const OURS = fileURLToPath(new URL('../../dist/bench/ours.js', import.meta.url));
const STEPS = 60;
/** Steps of which the growth is looked at together. */
const WINDOW = 20;
/** What one step brings and fetches, were it kept: images and labels, 2 x 128 x 128, float32. */
const BATCH_BYTES = 2 * 2 * 128 * 128 * 4;

/** Memory that is freed goes back to the system, so that what a step keeps cannot hide in it. */
const ALLOCATOR = { MALLOC_MMAP_THRESHOLD_: '65536', MALLOC_TRIM_THRESHOLD_: '65536' };

// 1,000 steps of any size: `npx nx run trainer:bench -- --memory`. Caches that fill once, and a kernel that takes pages back for a
// while, show in a few windows; what a step leaves behind shows in each, and so in the median.
test('a step leaves nothing behind', async () => {
  const task = JSON.stringify({ variant: 'unet', size: 128, batch: 2, warmUp: 20, steps: STEPS });
  const options = { env: { ...process.env, ...ALLOCATOR } };
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', OURS, task], options);
  const { rssBytes } = JSON.parse(stdout.trim().split('\n').at(-1) as string) as StepTimes;
  const rss = rssBytes as readonly number[];
  const growth = rss
    .slice(WINDOW)
    .map((bytes, step) => bytes - (rss[step] as number))
    .sort((a, b) => a - b);
  expect(growth).toHaveLength(STEPS - WINDOW);
  expect(growth[growth.length >> 1]).toBeLessThan((WINDOW * BATCH_BYTES) / 2);
});
