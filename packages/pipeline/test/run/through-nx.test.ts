import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

const nx = (...args: readonly string[]) =>
  promisify(execFile)('npx', ['nx', 'run', ...args], {
    cwd: ROOT,
    env: { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false' },
  });

test('flags that Nx takes for its own arrive through Nx, and not at the targets that come first', async () => {
  await expect(nx('trainer:train', '--batch-size', '0')).rejects.toMatchObject({
    stderr: expect.stringContaining('--batch-size must be at least 1') as string,
  });
});

test('a command in the name of a file is looked for as a file, and not run', async () => {
  const input = 'x$(touch MADE).tif';
  const run = nx('runtime-node:segment', '--model', 'model.onnx', '--input', input, '--output', 'mask.tif');
  await expect(run).rejects.toMatchObject({
    stderr: expect.stringMatching(/x\$\(touch MADE\)\.tif cannot be read: there is no such file/) as string,
  });
  expect(existsSync(join(ROOT, 'MADE'))).toBe(false);
});
