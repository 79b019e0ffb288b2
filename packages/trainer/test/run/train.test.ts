import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { moveToLabels, type GreyStack } from '@dilated-unet/core';
import { readTiffStack } from '@dilated-unet/stacks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadCheckpoint } from '../../src/run/checkpoint.ts';
import type { TrainConfig } from '../../src/config/schema.ts';
import { isDivergence, requireFiniteState } from '../../src/run/epoch.ts';
import { compareWithLabels } from '../../src/run/evaluate.ts';
import type { StackResult, TrainEvent, TrainResult } from '../../src/run/events.ts';
import { runTraining } from '../../src/process/launch.ts';
import { readRunLog } from '../../src/run/log.ts';
import { smallRun } from '../support/training.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dilated-unet-train-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function run(
  name: string,
  config: TrainConfig,
  resume = false,
): Promise<{ result: TrainResult; events: TrainEvent[] }> {
  const events: TrainEvent[] = [];
  const result = await runTraining(config, { out: join(folder, name), resume, onEvent: (event) => events.push(event) });
  return { result, events };
}

describe('a run', () => {
  test('tells its device, each step and each evaluation, and leaves what it promises', async () => {
    const { result, events } = await run('whole', smallRun());
    expect(events[0]).toMatchObject({ type: 'device', device: { tensorflow: '2.21.0' } });
    const stages = events.filter((event) => event.type === 'stage');
    expect(
      stages.map(({ stage, done, total }) => (total === undefined ? stage : `${stage} ${done}/${total}`)).slice(-4),
    ).toEqual([
      'building the training graph',
      'starting the training',
      'exporting',
      'predicting the held-out sections 1/1',
    ]);
    const steps = events.filter((event) => event.type === 'step');
    expect(steps.map((event) => event.step)).toEqual([1, 2, 3, 4]);
    // The first step has the base rate; the rate moves after each.
    expect(steps[0]?.rate).toBe(1e-4);
    expect(steps[1]?.rate).toBeCloseTo(1e-4 + (1e-3 - 1e-4) / 4, 10);
    expect(events.filter((event) => event.type === 'evaluated')).toHaveLength(2);
    expect(result.steps).toBe(4);
    expect(result.parameters).toBe(2_772_816);
    for (const path of Object.values(result.files)) {
      expect((await readFile(path as string)).length, path as string).toBeGreaterThan(0);
    }
    const rows = (await readFile(result.files.log, 'utf8')).trim().split('\n');
    expect(rows).toHaveLength(3);
    expect(rows[0]).toBe(
      'epoch,loss,softDice,rate,stepMs,validation.loss,validation.softDice,heldOut.interiorDice,heldOut.membraneDice,' +
        'heldOut.interiorIou,heldOut.membraneIou,heldOut.precision,heldOut.recall',
    );
    const log = await readRunLog(result.files.log);
    expect(result.epochs).toBe(2);
    expect(result.training).toEqual({ loss: log[1]?.loss, softDice: log[1]?.softDice });
    expect(result.training.loss).toBeCloseTo(((steps[2]?.loss ?? 0) + (steps[3]?.loss ?? 0)) / 2, 12);
    expect(result.stepMs).toBeCloseTo(((log[0]?.stepMs ?? 0) + (log[1]?.stepMs ?? 0)) / 2, 3);
    // The last weights are exported, so what the last epoch measured is measured again.
    expect(result.validation).toEqual(log[1]?.validation);
    const evaluated = events.filter((event) => event.type === 'evaluated')[1];
    expect(log[1]).toMatchObject({ validation: evaluated?.validation, scores: evaluated?.scores });
    expect(evaluated?.scores?.interiorDice).toBeGreaterThan(0);
  });

  test('that is resumed ends with the weights of one that was never interrupted, bit for bit', async () => {
    const whole = await run('uninterrupted', smallRun({ epochs: 3 }));
    await run('resumed', smallRun({ epochs: 1 }));
    const resumed = await run('resumed', smallRun({ epochs: 3 }), true);
    expect(resumed.events.find((event) => event.type === 'step')).toMatchObject({ step: 3, epoch: 2 });
    // Its half cycle is of 4 steps.
    const note = expect.stringMatching(/^the run ends at learning rate .* `epochs` 4 ends one$/) as string;
    const told = ({ events }: typeof whole) => events.filter(({ type }) => type === 'note' || type === 'step');
    expect(told(resumed)[0]).toEqual({ type: 'note', note });
    expect(told(whole)).not.toContainEqual({ type: 'note', note });
    const bytes = ({ result }: typeof whole) => readFile(result.files.lastCheckpoint);
    expect((await bytes(resumed)).equals(await bytes(whole))).toBe(true);
    const rows = async ({ result }: typeof whole) =>
      (await readRunLog(result.files.log)).map((row) => ({ ...row, stepMs: 'differs' }));
    expect(await rows(resumed)).toEqual(await rows(whole));
  });

  test('measures the statistics of the batch norms anew where it is asked to, and counts the windows', async () => {
    const { events } = await run('calibrated', smallRun({ epochs: 1, calibrationWindows: 2 }));
    const calibrating = events.filter(
      (event) => event.type === 'stage' && event.stage === 'calibrating the batch norms',
    );
    expect(calibrating).toMatchObject([
      { done: 0, total: 2 },
      { done: 1, total: 2 },
      { done: 2, total: 2 },
    ]);
  });

  test('trains with labels moved onto the tissue, and scores predictions moved to the labels', async () => {
    const tissue = { epochs: 1, window: 96, data: { kind: 'phantom', sections: 3, size: 128, seed: 1 } } as const;
    const plain = await run('labels-as-they-lie', smallRun(tissue));
    const { result, events } = await run('labels-registered', smallRun({ ...tissue, registerLabels: true }));
    const { labelOffset, reference } = result.stacks[0] as StackResult;
    expect(plain.result.stacks[0]?.labelOffset).toBeNull();
    expect(labelOffset?.correlation).toBeGreaterThan(0.3);
    const loss = (of: readonly TrainEvent[]) => of.find((event) => event.type === 'step')?.loss;
    expect(loss(events)).not.toBe(loss(plain.events));
    const probabilities = (await readTiffStack(
      await readFile(reference?.probabilities as string),
    )) as GreyStack<Float32Array>;
    const labels = await readTiffStack(await readFile(reference?.labels as string));
    const expected = compareWithLabels(moveToLabels(probabilities, labelOffset), labels);
    expect(result.validation).toEqual(expected.validation);
    expect(result.validation).not.toEqual(compareWithLabels(probabilities, labels).validation);
    expect(events.find((event) => event.type === 'evaluated')).toMatchObject(expected);
  });

  test('of another seed differs', async () => {
    const a = await run('seed-3', smallRun({ epochs: 1 }));
    const b = await run('seed-4', smallRun({ epochs: 1, seed: 4 }));
    const loss = (events: TrainEvent[]) => events.flatMap((event) => (event.type === 'step' ? [event.loss] : []));
    expect(loss(a.events)).not.toEqual(loss(b.events));
  });

  test('drops the share of activations that it is asked to, and draws nothing where that is none', async () => {
    const firstLoss = async (dropout: number): Promise<number | undefined> => {
      const { events } = await run(`dropout-${dropout}`, smallRun({ epochs: 1, network: { name: 'unet', dropout } }));
      return events.find((event) => event.type === 'step')?.loss;
    };
    const losses = [await firstLoss(0), await firstLoss(0.1), await firstLoss(0.3)];
    expect(new Set(losses).size).toBe(3);
    const draws = async (dropout: number): Promise<boolean> =>
      (await readFile(join(folder, `dropout-${dropout}`, 'training-graph', 'saved_model.pb'))).includes(
        'StatelessRandom',
      );
    expect([await draws(0), await draws(0.1)]).toEqual([false, true]);
  });

  test('with three classes trains too', async () => {
    const config = smallRun({ epochs: 1, network: { name: 'unet-custom', classes: 3 } });
    const { result } = await run('classes', config);
    expect(result.parameters).toBe(2_772_816 + 23);
  });
});

describe('a run on a montage', () => {
  const config = smallRun({
    data: { kind: 'phantom', sections: 4, size: 64, seed: 1 },
    sampling: 'montage',
    holdOut: 0,
    augmentation: 'none',
    epochs: 30,
    // No loss falls by a hundred: the first stays the lowest.
    earlyStopping: { patience: 2, minDelta: 100 },
  });

  test('is stopped early by the loss on the other montage, and stays stopped', async () => {
    const { result, events } = await run('montage', config);
    expect(result).toMatchObject({ epochs: 3, steps: 6 });
    const evaluated = events.filter((event) => event.type === 'evaluated');
    expect(evaluated.map(({ epoch, scores }) => ({ epoch, scores }))).toEqual(
      [1, 2, 3].map((epoch) => ({ epoch, scores: null })),
    );
    const stop = { type: 'stopped', epoch: 3, lowest: { loss: evaluated[0]?.validation.loss, epoch: 1 } };
    expect(events.find((event) => event.type === 'stopped')).toMatchObject(stop);
    const note = expect.stringContaining('in the middle of a cycle; `exportWeights` best exports') as string;
    expect(events).toContainEqual({ type: 'note', note });
    const log = await readRunLog(result.files.log);
    expect(log.map(({ validation }) => validation)).toEqual(evaluated.map(({ validation }) => validation));
    // The last weights are exported, so what the last epoch measured is measured again.
    expect(result.validation).toEqual(log[2]?.validation);

    const resumed = await run('montage', config, true);
    expect(resumed.events.filter(({ type }) => type === 'step' || type === 'evaluated')).toEqual([]);
    expect(resumed.events.find((event) => event.type === 'stopped')).toMatchObject(stop);
    expect(resumed.result).toMatchObject({ epochs: 3, validation: result.validation, training: result.training });
  });
});

describe('what cannot be done is said', () => {
  test('resuming another run', async () => {
    await run('other', smallRun({ epochs: 1 }));
    await expect(run('other', smallRun({ seed: 9 }), true)).rejects.toThrow('seed must stay 3 to resume this run');
  });

  test('resuming where nothing is', async () => {
    await expect(run('nothing', smallRun(), true)).rejects.toThrow('There is no checkpoint to resume');
  });

  test('resuming a checkpoint that is cut off', async () => {
    const { result } = await run('cut', smallRun({ epochs: 1 }));
    const path = result.files.lastCheckpoint;
    await writeFile(path, (await readFile(path)).subarray(0, 5000));
    await expect(run('cut', smallRun(), true)).rejects.toThrow('not a whole safetensors file');
  });

  test('a GPU that is asked for and not there', async () => {
    await expect(runTraining(smallRun(), { out: join(folder, 'gpu'), gpu: '-1', requireGpu: true })).rejects.toThrow(
      'finds no GPU',
    );
  });

  test('several GPUs on a machine that has none, before anything is read or written', async () => {
    const out = join(folder, 'two-gpus');
    const events: TrainEvent[] = [];
    const training = runTraining(smallRun({ devices: 2, batchSize: 2 }), {
      out,
      gpu: '-1',
      onEvent: (event) => events.push(event),
    });
    await expect(training).rejects.toThrow(
      /^devices must be 1 on a machine without GPUs: TensorFlow finds only \/device:CPU:0 \(.*\); received 2\.$/,
    );
    expect(events).toEqual([]);
    await expect(access(out)).rejects.toThrow('ENOENT');
  });

  test('a rate at which the loss is no number any more', async () => {
    const config = smallRun({ schedule: { baseRate: 10, maxRate: 10, stepSize: 1 }, epochs: 20 });
    const failure: unknown = await run('diverged', config).catch((error: unknown) => error);
    expect((failure as Error).message).toContain('schedule.maxRate is too high for this run');
    expect(isDivergence(failure)).toBe(true);
  });

  test('weights that are not finite any more, of which no checkpoint is written', () => {
    const state = new Map([
      ['a/kernel', { shape: [2], data: Float32Array.of(1, 2) }],
      ['b/kernel', { shape: [2], data: Float32Array.of(1, Infinity) }],
    ]);
    const message = 'schedule.maxRate is too high for this run: b/kernel has values that are not finite after epoch 3';
    expect(() => requireFiniteState(state, 3, 0.1)).toThrow(message);
    expect(() => requireFiniteState(new Map([...state].slice(0, 1)), 3, 0.1)).not.toThrow();
  });

  test('a training process that is killed, and has ended then', async () => {
    const abort = new AbortController();
    let pid = 0;
    const stopped = runTraining(smallRun({ epochs: 1000 }), {
      out: join(folder, 'killed'),
      signal: abort.signal,
      onSpawn: (of) => (pid = of),
      onEvent: (event) => {
        if (event.type === 'step' && event.step === 3) abort.abort();
      },
    });
    await expect(stopped).rejects.toThrow();
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    expect((await loadCheckpoint(join(folder, 'killed/checkpoints/last.safetensors'))).epoch).toBeGreaterThanOrEqual(1);
  });
});
