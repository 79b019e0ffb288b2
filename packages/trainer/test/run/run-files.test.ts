import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidImageError, InvalidModelError, InvalidOptionError } from '@dilated-unet/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadCheckpoint, saveCheckpoint, type Checkpoint } from '../../src/run/checkpoint.ts';
import { decodeSafetensors, encodeSafetensors } from '../../src/model/safetensors.ts';
import { claimRunFiles, runFiles } from '../../src/run/run-files.ts';
import type { DataHash } from '../../src/data/data-hash.ts';
import type { TrainConfig } from '../../src/config/schema.ts';
import { smallRun } from '../support/training.ts';

let out = '';
beforeEach(async () => {
  out = join(await mkdtemp(join(tmpdir(), 'dilated-unet-run-')), 'run');
});
afterEach(() => rm(join(out, '..'), { recursive: true }));

/** As it is when the data is there: what labels are was decided. */
const config = smallRun({ epochs: 5, labelKind: 'interior' });
const DATA: DataHash = { images: 'a', labels: 'b' };
const claim = (of: TrainConfig, resume: boolean, data = DATA) => claimRunFiles(of, data, { out, resume });
/** The weight says which epoch it is of. */
const checkpoint = (epoch: number, bestEpoch: number): Checkpoint => ({
  config,
  data: DATA,
  epoch,
  best: { loss: 0.5, epoch: bestEpoch },
  stopping: { loss: 0.5, epoch: bestEpoch, wait: epoch - bestEpoch },
  state: new Map([['w', { shape: [1], data: Float32Array.of(epoch) }]]),
});

async function leave({ last, best }: { last?: Checkpoint; best?: Checkpoint }): Promise<void> {
  await claim(config, false);
  if (last !== undefined) await saveCheckpoint(runFiles(out).lastCheckpoint, last);
  if (best !== undefined) await saveCheckpoint(runFiles(out).bestCheckpoint, best);
}

describe('a run is resumed', () => {
  test('with its last checkpoint', async () => {
    await leave({ last: checkpoint(2, 1), best: checkpoint(1, 1) });
    expect(await claim(config, true)).toEqual(checkpoint(2, 1));
    expect(await loadCheckpoint(runFiles(out).bestCheckpoint)).toEqual(checkpoint(1, 1));
  });

  test.each([
    ['older', checkpoint(1, 1)],
    ['missing', undefined],
  ])('where it was killed before its best checkpoint was written, and that is %s', async (_, best) => {
    await leave({ last: checkpoint(3, 3), ...(best && { best }) });
    expect(await claim(config, true)).toEqual(checkpoint(3, 3));
    expect(await loadCheckpoint(runFiles(out).bestCheckpoint)).toEqual(checkpoint(3, 3));
  });

  test('from its beginning where it was killed before its first checkpoint', async () => {
    await leave({});
    expect(await claim(config, true)).toBeNull();
    await expect(claim({ ...config, seed: 4 }, true)).rejects.toThrow('seed must stay 3 to resume this run');
  });

  test('without the files that a killed process left unfinished', async () => {
    await leave({ last: checkpoint(2, 1) });
    for (const name of ['config.json', 'checkpoints/last.safetensors']) {
      await writeFile(join(out, `${name}.elsewhere.1.0123456789ab.part`), 'half');
    }
    await claim(config, true);
    expect((await readdir(out, { recursive: true })).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  test('with more epochs, which its configuration then says', async () => {
    await leave({ last: checkpoint(2, 1) });
    await claim({ ...config, epochs: 9 }, true);
    expect(JSON.parse(await readFile(runFiles(out).config, 'utf8'))).toMatchObject({ epochs: 9 });
    await expect(claim({ ...config, epochs: 1 }, true)).rejects.toThrow('epochs must be at least 2');
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
    expect(await claim(config, true)).toEqual({ ...checkpoint(2, 1), data: null, stopping: null });
    expect(JSON.parse(await readFile(runFiles(out).config, 'utf8'))).toEqual(config);
    await cp(older, out, { recursive: true });
    await rm(runFiles(out).lastCheckpoint);
    expect(await claim(config, true)).toBeNull();
  });

  test.each(['refinementEpochs', 'averagedEpochs'])('is refused with the reason where %s is on', async (field) => {
    await saved('2', { [field]: 3 });
    const reason = `${field} must be 0: this version cannot go on with such a run, as the option was removed. Its value; received 3.`;
    await expect(claim(config, true)).rejects.toThrow(reason);
    await rm(runFiles(out).lastCheckpoint);
    await expect(claim(config, true)).rejects.toThrow(`config.json: ${reason}`);
  });

  test('is refused where it has a field that this version does not know', async () => {
    await saved('2', { dropuot: 1 });
    await expect(claim(config, true)).rejects.toThrow('must not have the unknown field dropuot');
  });
});

describe('a run on stacks', () => {
  const stacks = (images: string, labels = '/then/labels.tif') =>
    smallRun({ epochs: 5, data: { kind: 'stacks', images, labels } });
  const then = stacks('/then/images.tif');
  const leaveStacks = (data: DataHash | null) => leave({ last: { ...checkpoint(1, 1), config: then, data } });

  test('is resumed with the same values, wherever they lie now', async () => {
    await leaveStacks(DATA);
    expect(await claim(then, true)).toMatchObject({ epoch: 1, data: DATA });
    const moved = stacks('/now/images.png', '/now/labels.png');
    expect(await claim(moved, true)).toMatchObject({ epoch: 1 });
    expect(JSON.parse(await readFile(runFiles(out).config, 'utf8'))).toMatchObject({ data: moved.data });
  });

  test.each([
    [
      { images: 'a', labels: 'other' },
      /^A run .* began with: the labels in \/now\/l\.tif are not those that were in \/then\/labels\.tif\. Name/,
    ],
    [{ images: 'other', labels: 'b' }, 'the images in /now/i.tif are not those that were in /then/images.tif. Name'],
    [{ images: 'c', labels: 'd' }, /the images in .*images\.tif and the labels in .*labels\.tif\. Name/],
  ])('is not resumed with other ones: %j', async (data, message) => {
    await leaveStacks(DATA);
    const resumed = claim(stacks('/now/i.tif', '/now/l.tif'), true, data);
    await expect(resumed).rejects.toThrow(InvalidImageError);
    await expect(resumed).rejects.toThrow(message);
    await expect(resumed).rejects.toThrow('Name the stacks of then (`data`), or start another run in a new folder.');
    // What was edited in its place is other data, too.
    await expect(claim(then, true, data)).rejects.toThrow('/then/');
    expect(JSON.parse(await readFile(runFiles(out).config, 'utf8'))).not.toMatchObject({
      data: { images: '/now/i.tif' },
    });
  });

  test('begun by an earlier version is resumed where its stacks were, and not elsewhere', async () => {
    await leaveStacks(null);
    expect(await claim(then, true)).toMatchObject({ epoch: 1, data: null });
    await expect(claim(stacks('/now/images.tif'), true)).rejects.toThrow(
      'data must be where it was when the run began (/then/images.tif), as its checkpoint is of an earlier version',
    );
    await expect(claim(stacks('/then/images.tif', '/now/l.tif'), true)).rejects.toThrow('(/then/labels.tif)');
  });

  test('that has no checkpoint yet begins with whatever stacks it is given', async () => {
    await claim(then, false);
    expect(await claim(stacks('/now/images.tif'), true, { images: 'c', labels: 'd' })).toBeNull();
  });
});

test('a run on a phantom that another version draws otherwise is not resumed', async () => {
  await leave({ last: checkpoint(1, 1) });
  await expect(claim(config, true, { images: 'other', labels: 'b' })).rejects.toThrow(
    'The phantom of this version is not the one that the run began with. Go on with the version that began it',
  );
});

describe('a run is not resumed', () => {
  test('where there is none', async () => {
    await expect(claim(config, true)).rejects.toThrow(InvalidModelError);
    await mkdir(out);
    await expect(claim(config, true)).rejects.toThrow('There is no checkpoint to resume');
  });

  test.each([
    ['missing', undefined],
    ['of another epoch', checkpoint(2, 2)],
  ])('where its best checkpoint is to be exported and is %s', async (_, best) => {
    await leave({ last: checkpoint(3, 1), ...(best && { best }) });
    const exportingBest: TrainConfig = { ...config, exportWeights: 'best' };
    await expect(claim(exportingBest, true)).rejects.toThrow(InvalidModelError);
    await expect(claim(exportingBest, true)).rejects.toThrow(
      'best.safetensors is not the checkpoint of epoch 1, which is the best so far and is to be exported. Copy it from',
    );
    expect(await claim({ ...config, exportWeights: 'last' }, true)).toEqual(checkpoint(3, 1));
    await saveCheckpoint(runFiles(out).bestCheckpoint, checkpoint(1, 1));
    expect(await claim(exportingBest, true)).toEqual(checkpoint(3, 1));
  });

  test('with another block held out, or another end', async () => {
    await leave({ last: { ...checkpoint(1, 1), config: { ...config, holdOutFrom: 0 } } });
    await expect(claim(config, true)).rejects.toThrow(InvalidOptionError);
    await expect(claim(config, true)).rejects.toThrow('holdOutFrom must stay 0 to resume this run');
    await leave({ last: checkpoint(1, 1) });
    const stopped = { ...config, earlyStopping: { patience: 3, minDelta: 0 } };
    await expect(claim(stopped, true)).rejects.toThrow('earlyStopping.patience must be left out to resume');
    await expect(claim({ ...config, holdOutFrom: 1 }, true)).rejects.toThrow('holdOutFrom must be left out');
  });
});

test('a new run does not go on from the checkpoints of an earlier one', async () => {
  await leave({ last: checkpoint(2, 1), best: checkpoint(1, 1) });
  await claim(config, false);
  expect(await readdir(join(out, 'checkpoints'))).toEqual([]);
  expect(await claim(config, true)).toBeNull();
});
