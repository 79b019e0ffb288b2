import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidModelError, InvalidOptionError } from '@dilated-unet/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadCheckpoint, saveCheckpoint, type Checkpoint } from '../../src/run/checkpoint.ts';
import { decodeSafetensors, encodeSafetensors } from '../../src/model/safetensors.ts';
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
      'seed must stay 3 to resume this run',
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

describe('the run folder that version 0.1.0 left', () => {
  const older = join(import.meta.dirname, '../fixtures/run-0.1.0');
  const saved = async (epoch: string, fields: Record<string, unknown>): Promise<void> => {
    await mkdir(join(out, 'checkpoints'), { recursive: true });
    const config: unknown = JSON.parse(await readFile(join(older, 'config.json'), 'utf8'));
    const { tensors, metadata } = decodeSafetensors(
      await readFile(join(older, 'checkpoints/last.safetensors')),
      'the older checkpoint',
    );
    const written = JSON.stringify({ ...(config as object), ...fields });
    await writeFile(runFiles(out).config, written);
    await writeFile(runFiles(out).lastCheckpoint, encodeSafetensors(tensors, { ...metadata, config: written, epoch }));
  };

  test('is resumed where what was removed since is off', async () => {
    await cp(older, out, { recursive: true });
    expect(await claimRunFiles(config, out, true)).toEqual({ ...checkpoint(2, 1), stopping: null });
    expect(JSON.parse(await readFile(runFiles(out).config, 'utf8'))).toEqual(config);
    await cp(older, out, { recursive: true });
    await rm(runFiles(out).lastCheckpoint);
    expect(await claimRunFiles(config, out, true)).toBeNull();
  });

  test.each(['refinementEpochs', 'averagedEpochs'])('is refused with the reason where %s is on', async (field) => {
    await saved('2', { [field]: 3 });
    const reason = `${field} must be 0: this version cannot go on with such a run, as the option was removed. Its value; received 3.`;
    await expect(claimRunFiles(config, out, true)).rejects.toThrow(reason);
    await rm(runFiles(out).lastCheckpoint);
    await expect(claimRunFiles(config, out, true)).rejects.toThrow(`config.json: ${reason}`);
  });

  test('is refused where it has a field that this version does not know', async () => {
    await saved('2', { dropuot: 1 });
    await expect(claimRunFiles(config, out, true)).rejects.toThrow('must not have the unknown field dropuot');
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
    await expect(claimRunFiles(config, out, true)).rejects.toThrow('holdOutFrom must stay 0 to resume this run');
    await leave({ last: checkpoint(1, 1) });
    const stopped = smallRun({ earlyStopping: { patience: 3 } });
    await expect(claimRunFiles(stopped, out, true)).rejects.toThrow(
      'earlyStopping.patience must be left out to resume',
    );
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
