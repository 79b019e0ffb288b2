import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

test('flags that Nx takes for its own arrive through Nx, and not at the targets that come first', async () => {
  const args = ['nx', 'run', 'trainer:train', '--batch-size', '0'];
  const run = promisify(execFile)('npx', args, {
    cwd: ROOT,
    env: { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false' },
  });
  await expect(run).rejects.toMatchObject({
    stderr: expect.stringContaining('--batch-size must be at least 1') as string,
  });
}, 180_000);
