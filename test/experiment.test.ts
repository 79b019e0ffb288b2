import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { EXPERIMENT, TWO_TRIALS, writeSmallStack } from './support/experiment.ts';

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command in `cwd`; `until` true: it is killed on the spot. */
async function experiment(cwd: string, argv: readonly string[], until: () => boolean = () => false): Promise<Ended> {
  const child = spawn(process.execPath, [...EXPERIMENT, ...argv], { cwd, env: { ...process.env, INIT_CWD: cwd } });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  let ended = false;
  const closed = new Promise<Ended>((resolve) => {
    child.once('close', (code) => {
      ended = true;
      resolve({ code, stdout, stderr });
    });
  });
  while (!ended && !until()) await sleep(20);
  child.kill('SIGKILL');
  return closed;
}

interface Result {
  readonly epochs: number;
  readonly history: readonly { readonly epoch: number }[];
  readonly heldOut: { readonly plain: { readonly vRand: number; readonly perSection: readonly unknown[] } };
}

test('an experiment that was killed goes on, ends in a report, and is collected again', async () => {
  const cwd = await mkdtemp(join(tmpdir(), 'dilated-unet-experiment-'));
  await writeSmallStack(join(cwd, 'stack'));
  const flags = ['--data', 'stack', ...TWO_TRIALS, '--epochs', '2', '--out', 'out'];
  const trial = (variant: string): string => join(cwd, 'out/trials', `${variant}-fold1-seed865`);

  const killed = await experiment(cwd, flags, () => existsSync(join(trial('unet'), 'checkpoints/last.safetensors')));
  expect(killed.code).toBeNull();
  const begun = await experiment(cwd, [...flags, '--list']);
  expect(begun.stdout).toMatch(/^1 +unet .* begun$/m);
  expect(begun.stdout).toMatch(/^2 +unet-a .* not begun$/m);

  const whole = await experiment(cwd, flags);
  expect(whole.stderr).toContain('going on from the last checkpoint');
  expect(whole.code, whole.stderr).toBe(0);
  for (const variant of ['unet', 'unet-a']) {
    const result = JSON.parse(await readFile(join(trial(variant), 'result.json'), 'utf8')) as Result;
    expect(result.epochs).toBe(2);
    expect(result.history.map(({ epoch }) => epoch)).toEqual([1, 2]);
    expect(result.heldOut.plain.perSection).toHaveLength(2);
    expect(whole.stdout).toContain(result.heldOut.plain.vRand.toFixed(4));
  }
  const report = join(cwd, 'out/report.html');
  expect(whole.stdout).toContain(report);
  expect(await readFile(join(cwd, 'out/report.md'), 'utf8')).toContain('holdout');

  await rm(report);
  const collected = await experiment(cwd, ['--out', 'out', '--collect']);
  expect(collected.code, collected.stderr).toBe(0);
  expect(await readFile(report, 'utf8')).toContain('</html>');
  await rm(cwd, { recursive: true });
});
