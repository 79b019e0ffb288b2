import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { StepTimes } from '../../src/bench/step-task.ts';

const OURS = fileURLToPath(new URL('../../dist/bench/ours.js', import.meta.url));
const STEPS = 300;
/** What one step brings and fetches, were it kept: images and labels of 64 x 64, float32. */
const BATCH_BYTES = 2 * 64 * 64 * 4;

// 1,000 steps of any size: `npx nx run trainer:bench -- --memory`. A kernel that takes pages back while it runs makes memory seem
// to grow when they return, once; what a step leaves behind shows each time.
test('a step leaves nothing behind', { retry: 2 }, async () => {
  const task = JSON.stringify({ variant: 'unet', size: 64, batch: 1, warmUp: 40, steps: STEPS });
  const { stdout } = await promisify(execFile)(process.execPath, [OURS, task]);
  const { warmRssBytes, lastRssBytes } = JSON.parse(stdout.trim().split('\n').at(-1) as string) as StepTimes;
  expect((lastRssBytes as number) - (warmRssBytes as number)).toBeLessThan((STEPS * BATCH_BYTES) / 2 + 8 * 2 ** 20);
});
