import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { dropped, droppedByNx } from '../../src/command-line/dropped-by-nx.ts';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

describe('flags that Nx takes for its own', () => {
  test.each([
    { typed: 'trainer:train --data d --batch-size 4 --lr 1', arrived: '--data d --lr 1', missing: '--batch-size 4' },
    { typed: 'trainer:train --batch-size=4', arrived: '', missing: '--batch-size 4' },
    { typed: 'trainer:train -- --batch-size 4', arrived: '--batch-size 4', missing: '' },
    { typed: 'trainer:train --batch --data d', arrived: '--data d', missing: '' },
    { typed: 'trainer:train --batch-size', arrived: '', missing: '--batch-size' },
  ])('$typed', ({ typed, arrived, missing }) => {
    const words = (text: string) => text.split(' ').filter((word) => word !== '');
    expect(dropped(words(typed), words(arrived))).toEqual(words(missing));
  });

  test('without Nx among the ancestors nothing is missing', () => {
    expect(droppedByNx(['--data', 'd'], 1)).toEqual([]);
  });

  test('through Nx itself they arrive', async () => {
    const args = ['nx', 'run', 'trainer:train', '--excludeTaskDependencies', '--batch-size', '0'];
    const run = promisify(execFile)('npx', args, {
      cwd: ROOT,
      env: { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false' },
    });
    await expect(run).rejects.toMatchObject({
      stderr: expect.stringContaining('--batch-size must be at least 1') as string,
    });
  });
});
