import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidModelError, InvalidOptionError } from '@dilated-unet/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadCheckpoint, saveCheckpoint, type Checkpoint } from '../../src/run/checkpoint.ts';
import { claimRunFiles, runFiles } from '../../src/run/run-files.ts';
import { smallRun } from '../support/training.ts';

let out = '';
beforeEach(async () => {
  out = join(await mkdtemp(join(tmpdir(), 'dilated-unet-run-')), 'run');
});
afterEach(() => rm(join(out, '..'), { recursive: true }));

const config = smallRun({ epochs: 5 });
/** The weight says which epoch it is of. */
const checkpoint = (epoch: number, bestEpoch: number): Checkpoint => ({
  config,
  epoch,
  best: { loss: 0.5, epoch: bestEpoch },
  stopping: { loss: 0.5, epoch: bestEpoch, wait: epoch - bestEpoch },
  state: new Map([['w', { shape: [1], data: Float32Array.of(epoch) }]]),
  average: null,
});

async function leave({ last, best }: { last?: Checkpoint; best?: Checkpoint }): Promise<void> {
  await claimRunFiles(config, out, false);
  if (last !== undefined) await saveCheckpoint(runFiles(out).lastCheckpoint, last);
  if (best !== undefined) await saveCheckpoint(runFiles(out).bestCheckpoint, best);
}

describe('a run is resumed', () => {
  test('with its last checkpoint', async () => {
    await leave({ last: checkpoint(2, 1), best: checkpoint(1, 1) });
    expect(await claimRunFiles(config, out, true)).toEqual(checkpoint(2, 1));
    expect(await loadCheckpoint(runFiles(out).bestCheckpoint)).toEqual(checkpoint(1, 1));
  });

  test.each([
    ['older', checkpoint(1, 1)],
    ['missing', undefined],
  ])('where it was killed before its best checkpoint was written, and that is %s', async (_, best) => {
    await leave({ last: checkpoint(3, 3), ...(best && { best }) });
    expect(await claimRunFiles(config, out, true)).toEqual(checkpoint(3, 3));
    expect(await loadCheckpoint(runFiles(out).bestCheckpoint)).toEqual(checkpoint(3, 3));
  });

  test('from its beginning where it was killed before its first checkpoint', async () => {
    await leave({});
    expect(await claimRunFiles(config, out, true)).toBeNull();
    await expect(claimRunFiles(smallRun({ epochs: 5, seed: 4 }), out, true)).rejects.toThrow(
      'seed must be 3 to resume this run',
    );
  });

  test('without the files that a killed process left unfinished', async () => {
    await leave({ last: checkpoint(2, 1) });
    for (const name of ['config.json', 'checkpoints/last.safetensors']) {
      await writeFile(join(out, `${name}.elsewhere.1.0123456789ab.part`), 'half');
    }
    await claimRunFiles(config, out, true);
    expect((await readdir(out, { recursive: true })).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  test('with more epochs, which its configuration then says', async () => {
    await leave({ last: checkpoint(2, 1) });
    await claimRunFiles(smallRun({ epochs: 9 }), out, true);
    expect(JSON.parse(await readFile(runFiles(out).config, 'utf8'))).toMatchObject({ epochs: 9 });
    await expect(claimRunFiles(smallRun({ epochs: 1 }), out, true)).rejects.toThrow('epochs must be at least 2');
  });
});

test('the epochs of refinement may change while they are to come', async () => {
  await leave({ last: checkpoint(3, 3) });
  expect(await claimRunFiles(smallRun({ epochs: 6, refinementEpochs: 3 }), out, true)).toEqual(checkpoint(3, 3));
  const begun = smallRun({ epochs: 6, refinementEpochs: 4 });
  await expect(claimRunFiles(begun, out, true)).rejects.toThrow(
    'refinementEpochs must leave 5 epochs before it, as the 3',
  );
});

describe('the epochs that are averaged', () => {
  const averaging = (epochs: number, averagedEpochs: number) =>
    smallRun({ epochs, averagedEpochs, calibrationWindows: 1 });
  const average = { epochs: 2, mean: new Map([['w', { shape: [1], data: Float32Array.of(2.5) }]]) };
  const last = { ...checkpoint(3, 3), config: averaging(5, 4), average };

  test('are kept with their mean', async () => {
    await leave({ last });
    expect(await claimRunFiles(averaging(5, 4), out, true)).toEqual(last);
  });

  test('may end later, or begin later than the run stands', async () => {
    await leave({ last });
    expect(await claimRunFiles(averaging(9, 8), out, true)).toEqual(last);
    expect(await claimRunFiles(averaging(9, 6), out, true)).toEqual(last);
    expect(await claimRunFiles(averaging(9, 0), out, true)).toEqual(last);
  });

  test.each([3, 5])('must not begin after other epochs: %i of 5', async (averagedEpochs) => {
    await leave({ last });
    const message = 'averagedEpochs must begin after the 3 epochs that are done';
    await expect(claimRunFiles(averaging(5, averagedEpochs), out, true)).rejects.toThrow(message);
  });
});

describe('a run is not resumed', () => {
  test('where there is none', async () => {
    await expect(claimRunFiles(config, out, true)).rejects.toThrow(InvalidModelError);
    await mkdir(out);
    await expect(claimRunFiles(config, out, true)).rejects.toThrow('There is no checkpoint to resume');
  });

  test('with another block held out, or another end', async () => {
    await leave({ last: { ...checkpoint(1, 1), config: smallRun({ holdOutFrom: 0 }) } });
    await expect(claimRunFiles(config, out, true)).rejects.toThrow(InvalidOptionError);
    await expect(claimRunFiles(config, out, true)).rejects.toThrow('holdOutFrom must be 0 to resume this run');
    await leave({ last: checkpoint(1, 1) });
    const stopped = smallRun({ earlyStopping: { patience: 3 } });
    await expect(claimRunFiles(stopped, out, true)).rejects.toThrow('earlyStopping must be null to resume');
    await expect(claimRunFiles(smallRun({ holdOutFrom: 1 }), out, true)).rejects.toThrow(
      'holdOutFrom must be left out',
    );
  });
});

test('a new run does not go on from the checkpoints of an earlier one', async () => {
  await leave({ last: checkpoint(2, 1), best: checkpoint(1, 1) });
  await claimRunFiles(config, out, false);
  expect(await readdir(join(out, 'checkpoints'))).toEqual([]);
  expect(await claimRunFiles(config, out, true)).toBeNull();
});
