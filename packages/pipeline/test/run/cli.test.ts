import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { withLock } from '@dilated-unet/host';
import { afterEach, beforeEach, expect, it } from 'vitest';

const RUN = resolve(import.meta.dirname, '../../bin/run.js');
let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'cli-'));
});
afterEach(() => rm(cwd, { recursive: true, force: true }));

/** Runs the built command as Nx does: in the workspace's root, with the folder where it was typed in INIT_CWD. */
async function command(...words: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [RUN, ...words], { env: { ...process.env, INIT_CWD: cwd } });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const code = await new Promise<number | null>((done) => child.on('close', done));
  return { code, stdout, stderr };
}
const train = (...argv: string[]) => command('train', ...argv);

it('prints its help and does nothing else', async () => {
  const { code, stdout, stderr } = await train('--help');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('Usage: npx nx run trainer:train [flags]');
  expect(await readdir(cwd)).toEqual([]);
});

it.each([
  [['--lr', '0'], 'error: --lr must be above 0; received 0.\n'],
  [['--max-lr', '0.1'], /^error: Unknown option '--max-lr' \(Did you mean --max_lr\?\)\.\nFlags: --data /],
  [['--resume', '--out', 'r'], /^error: --out must be the folder of a run when .* received ".*\/cli-\w+\/r"\.\n$/],
])('%s: one message, exit status 1, nothing made', async (argv, message) => {
  const { code, stdout, stderr } = await train(...argv);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(message);
  expect(await readdir(cwd)).toEqual([]);
});

it.each(['train', 'lr-find'])('%s: refuses the folder in which another process works, and names it', async (name) => {
  const { code, stdout, stderr } = await withLock(join(cwd, 'r', 'run.lock'), () => command(name, '--out', 'r'));
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^error: --out must be a folder in which no other process works: process \d+ on /);
  expect(stderr).toContain(`process ${process.pid} on `);
  expect(await readdir(cwd, { recursive: true })).toEqual(['r']);
});
