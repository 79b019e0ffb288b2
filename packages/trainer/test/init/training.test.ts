import { cp, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidModelError, InvalidOptionError, type GreyStack, type ModelCard } from '@dilated-unet/core';
import { readTiffStack } from '@dilated-unet/stacks';
import { afterAll, assert, beforeAll, expect, test } from 'vitest';
import type { TrainConfig, TrainConfigInput } from '../../src/config/schema.ts';
import { writeWeights } from '../../src/export/weights.ts';
import { openInitialModel } from '../../src/init/initial-model.ts';
import { initialState } from '../../src/init/initial-state.ts';
import { TrainableModel } from '../../src/model/model.ts';
import { initialWeights } from '../../src/model/weights.ts';
import { runRangeTest, runTraining } from '../../src/process/launch.ts';
import { loadCheckpoint } from '../../src/run/checkpoint.ts';
import { predictStack } from '../../src/run/evaluate.ts';
import type { TrainEvent } from '../../src/run/events.ts';
import { runContent, trainAndKill } from '../support/killed-run.ts';
import { smallRun } from '../support/training.ts';

let folder = '';
let parent = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dilated-unet-init-'));
  parent = join(folder, 'parent');
  await runTraining(smallRun({ network: { name: 'dilated-unet', dilateRate: 2, dilate: true } }), { out: parent });
});
afterAll(() => rm(folder, { recursive: true }));

/** A run on another phantom that goes on from a model. */
async function goingOn(from: string, overrides: Partial<TrainConfigInput> = {}, newHead = false): Promise<TrainConfig> {
  const { path, name, sha256 } = await openInitialModel(from);
  return smallRun({
    network: { name: 'dilated-unet', dilateRate: 2, dilate: true },
    data: { kind: 'phantom', sections: 3, size: 64, seed: 2 },
    init: { path, name, sha256, newHead },
    ...overrides,
  });
}

test('before its first step, the network gives the probabilities of the model that it begins from', async () => {
  const config = await goingOn(parent);
  const model = await TrainableModel.build(config, join(folder, 'scratch'), { devices: [] });
  model.assign(await initialState(model.network, config));
  const stack = async (name: string): Promise<GreyStack> =>
    readTiffStack(await readFile(join(parent, 'held-out', name)));
  const card = JSON.parse(await readFile(join(parent, 'graph-model/card.json'), 'utf8')) as ModelCard;
  const found = await predictStack(model, await stack('images.tif'), card);
  model.close();
  expect(
    Buffer.from(found.data.buffer).equals(Buffer.from((await stack('tensorflow-probabilities.tif')).data.buffer)),
  ).toBe(true);
});

test('with a new head, all other parameters are those of the model, bit for bit', async () => {
  const { network, weights } = await openInitialModel(parent);
  const config = await goingOn(parent, {}, true);
  const state = await initialState(network, config);
  const fresh = initialWeights(network, config.seed);
  expect([...state.keys()]).toEqual([...fresh.keys()]);
  const isHead = (name: string): boolean => name.startsWith('head/conv/');
  for (const [name, { data }] of state) {
    const expected = (isHead(name) ? fresh : weights).get(name);
    assert(expected);
    expect(Buffer.from(data.buffer).equals(Buffer.from(expected.data.buffer)), name).toBe(true);
  }
  expect(weights.get('head/conv/kernel')).not.toEqual(fresh.get('head/conv/kernel'));
});

test('a run that began from a model is resumed bit for bit, wherever the model is by then', async () => {
  const copy = join(folder, 'copy');
  await cp(parent, copy, { recursive: true });
  const config = await goingOn(copy, { epochs: 3 });
  const [whole, killed] = [join(folder, 'whole'), join(folder, 'killed')];
  await runTraining(config, { out: whole });
  const moment = { kind: 'event', type: 'evaluated', count: 2 } as const;
  expect(await trainAndKill({ kind: 'train', config, out: killed, resume: false, requireGpu: false }, moment, 0)).toBe(
    true,
  );
  expect((await loadCheckpoint(join(killed, 'checkpoints/last.safetensors'))).config.init).toEqual(config.init);
  await rename(copy, join(folder, 'moved'));

  const other = join(folder, 'other');
  await runTraining(smallRun({ network: config.network, seed: 4 }), { out: other });
  const resumed = runTraining({ ...config, init: (await goingOn(other)).init }, { out: killed, resume: true });
  await expect(resumed).rejects.toThrow(InvalidOptionError);
  await expect(resumed).rejects.toThrow(
    `init.path must be copy of SHA-256 ${config.init?.sha256} to resume this run, or left out; start another in a new folder; received "${other}"`,
  );

  await runTraining(config, { out: killed, resume: true });
  const [content, expected] = await Promise.all([runContent(killed), runContent(whole)]);
  expect([...content.keys()]).toEqual([...expected.keys()]);
  for (const [path, there] of expected) {
    if (there instanceof Buffer) expect(there.equals(content.get(path) as Buffer), path).toBe(true);
    else expect(content.get(path), path).toEqual(there);
  }
});

test('a range test begins from the model as the training does', async () => {
  const config = await goingOn(parent, { epochs: 1 });
  const losses: number[] = [];
  const onEvent = (event: TrainEvent) => event.type === 'step' && losses.push(event.loss);
  await runTraining(config, { out: join(folder, 'losses'), onEvent });
  const { points } = await runRangeTest(config, { sweep: { steps: 30 } });
  expect(points[0]?.loss).toBe(losses[0]);
});

test('a model that was replaced before the first step is refused', async () => {
  const replaced = join(folder, 'replaced');
  await cp(parent, replaced, { recursive: true });
  const config = await goingOn(replaced);
  const { network } = await openInitialModel(replaced);
  await writeWeights(join(replaced, 'graph-model/weights.safetensors'), {
    network,
    weights: initialWeights(network, 1),
  });
  const started = runTraining(config, { out: join(folder, 'never') });
  await expect(started).rejects.toThrow(InvalidModelError);
  await expect(started).rejects.toThrow(
    /is not the model replaced any more with which this run was started: its SHA-256 is/,
  );
});
