import { execFileSync } from 'node:child_process';
import { mkdtemp, mkdir, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadCheckpoint } from '../../src/run/checkpoint.ts';
import type { TrainEvent, TrainResult } from '../../src/run/events.ts';
import { runTraining } from '../../src/process/launch.ts';
import { stream } from '../../src/random.ts';
import { runContent, trainAndKill, unfinishedFiles, type Moment } from '../support/killed-run.ts';
import { smallRun } from '../support/training.ts';

const config = smallRun({
  data: { kind: 'phantom', sections: 4, size: 64, seed: 1 },
  sampling: 'montage',
  holdOut: 0,
  epochs: 14,
  exportWeights: 'best',
  earlyStopping: { patience: 9, minDelta: 0 },
});

async function run(out: string, resume = false, of = config): Promise<{ result: TrainResult; last: TrainEvent[] }> {
  const events: TrainEvent[] = [];
  const result = await runTraining(of, { out, resume, onEvent: (event) => events.push(event) });
  return { result, last: events.filter(({ type }) => type === 'stopped') };
}

let folder = '';
let whole: Awaited<ReturnType<typeof run>>;
let wholeContent: ReadonlyMap<string, unknown>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dilated-unet-resume-'));
  whole = await run(join(folder, 'whole'));
  wholeContent = await runContent(join(folder, 'whole'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Fails with the first path that differs: a comparison of millions of bytes one by one takes minutes. */
function expectSame(content: ReadonlyMap<string, unknown>, whole: ReadonlyMap<string, unknown> = wholeContent): void {
  expect([...content.keys()]).toEqual([...whole.keys()]);
  for (const [path, expected] of whole) {
    const received = content.get(path);
    if (expected instanceof Buffer) expect(expected.equals(received as Buffer), path).toBe(true);
    else expect(received, path).toEqual(expected);
  }
}

/** How often a moment is met, and the longest delay after it, milliseconds. */
type Kills = readonly [count: number, moment: Moment, longest: number];

/** In the order in which they meet one run. */
const MOMENTS: readonly Kills[] = [
  [6, { kind: 'start' }, 1500],
  [1, { kind: 'writing', path: 'training-graph/saved_model.pb' }, 0],
  [1, { kind: 'stage', stage: 'building the training graph' }, 2000],
  [1, { kind: 'writing', path: 'log.csv' }, 0],
  [1, { kind: 'written', path: 'log.csv' }, 0],
  [1, { kind: 'event', type: 'evaluated', count: 1 }, 0],
  [1, { kind: 'writing', path: 'checkpoints/last.safetensors' }, 0],
  [1, { kind: 'written', path: 'checkpoints/last.safetensors' }, 0],
  // Where the last checkpoint is also the best, the next run writes the best anew before it begins.
  [2, { kind: 'writing', path: 'checkpoints/best.safetensors' }, 0],
  [2, { kind: 'event', type: 'step', count: 3 }, 100],
  [2, { kind: 'writing', path: 'checkpoints/last.safetensors' }, 0],
  [1, { kind: 'start' }, 4000],
  [1, { kind: 'stage', stage: 'exporting' }, 100],
  [1, { kind: 'writing', path: 'graph-model/model.json' }, 5],
];

/** Kills the run in `out` at each of `moments`, resuming it in between. */
async function killAt(
  moments: readonly Kills[],
  out: string,
  of = config,
): Promise<{ readonly kills: number; readonly halfCheckpoints: number }> {
  const delays = stream(20, 'kills');
  let kills = 0;
  let halfCheckpoints = 0;
  for (const [count, moment, longest] of moments) {
    for (let i = 0; i < count; i++) {
      // A process that was killed while it started may have left no folder.
      const resume = kills > 0 && (await readdir(out).catch((): string[] => [])).includes('config.json');
      if (
        await trainAndKill(
          { kind: 'train', config: of, out, resume, requireGpu: false },
          moment,
          delays.uniform(0, longest),
        )
      )
        kills++;
      const unfinished = await unfinishedFiles(out).catch(() => []);
      halfCheckpoints += unfinished.filter((path) => path.startsWith('checkpoints/')).length;
    }
  }
  return { kills, halfCheckpoints };
}

test('killed at any moment and resumed, a run ends as one that was never interrupted', async () => {
  const out = join(folder, 'killed');
  const { kills, halfCheckpoints } = await killAt(MOMENTS, out);
  expect(kills).toBeGreaterThanOrEqual(20);
  expect(halfCheckpoints).toBeGreaterThanOrEqual(3);
  const resumed = await run(out, true);
  expectSame(await runContent(out));
  expect(resumed.last).toEqual(whole.last);
  const { training, validation, epochs, steps } = resumed.result;
  expect({ training, validation, epochs, steps }).toEqual({
    training: whole.result.training,
    validation: whole.result.validation,
    epochs: whole.result.epochs,
    steps: whole.result.steps,
  });
});

test('on a full disk the last good checkpoint stays, and with more space the run goes on from it', async ({ skip }) => {
  const out = join(folder, 'disk');
  await mkdir(out);
  try {
    // Room for two checkpoints, but not for a third beside them.
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=60m', 'tmpfs', out], { stdio: 'ignore' });
  } catch {
    skip('mounting a small file system needs root');
    return;
  }
  try {
    await expect(run(out)).rejects.toThrow(/last\.safetensors cannot be written: no space is left on the disk/);
    expect(await unfinishedFiles(out)).toEqual([]);
    expect(await loadCheckpoint(join(out, 'checkpoints/last.safetensors'))).toMatchObject({ epoch: 1 });
    await expect(run(out, true)).rejects.toThrow('no space is left on the disk');
    execFileSync('mount', ['-o', 'remount,size=200m', out]);
    await run(out, true);
    expectSame(await runContent(out));
  } finally {
    execFileSync('umount', [out]);
  }
});
