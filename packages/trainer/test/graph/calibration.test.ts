import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { networkParameters, variant, type Network } from '@dilated-unet/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { smallRun } from '../support/training.ts';
import { randomTensor } from '../support/finite-differences.ts';
import { openTraining } from '../support/training-graph.ts';
import { TrainableModel } from '../../src/model/model.ts';
import { initialWeights, type Tensors } from '../../src/model/weights.ts';

const SIDE = 32;
const network = variant('unet');
const weights = initialWeights(network, 1);
const windows = ['first', 'second'].map((key) => randomTensor([1, SIDE, SIDE, 1], key).data as Float32Array) as [
  Float32Array,
  Float32Array,
];

let model: TrainableModel;
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dilated-unet-calibration-'));
  model = await TrainableModel.build(smallRun({ window: SIDE }), folder, { devices: [], calibrationWindow: SIDE });
});
afterAll(async () => {
  model.close();
  await rm(folder, { recursive: true });
});

async function calibrated(given: readonly Float32Array[]): Promise<Tensors> {
  model.assign(weights);
  const told: number[] = [];
  await model.calibrate(given, (done) => told.push(done));
  expect(told).toEqual(given.map((_, k) => k + 1));
  return model.read();
}

function farthest(a: Tensors, b: Tensors, role: RegExp): number {
  let most = 0;
  for (const [name, { data }] of a) {
    if (!role.test(name)) continue;
    const other = b.get(name)?.data as Float32Array;
    data.forEach((value, i) => {
      const expected = other[i] as number;
      most = Math.max(most, Math.abs(value - expected) / (1 + Math.abs(expected)));
    });
  }
  return most;
}

test('weights and optimizer slots stay as they are, statistics do not', async () => {
  const after = await calibrated(windows);
  expect(farthest(after, weights, /\/(kernel|bias|gamma|beta)$/)).toBe(0);
  expect(farthest(after, weights, /\/moving_(mean|variance)$/)).toBeGreaterThan(0.1);
});

test('the statistics are those of training without dropout and without memory', async () => {
  const remembering: Network = variant('unet', { dropout: 0 });
  const layers = remembering.layers.map((layer) => (layer.kind === 'batch-norm' ? { ...layer, momentum: 0 } : layer));
  const training = await openTraining({ ...remembering, layers }, { window: SIDE, batchSize: 1, weights });
  const images = { shape: [1, SIDE, SIDE, 1], data: windows[0] };
  const labels = { shape: images.shape, data: new Float32Array(SIDE * SIDE).fill(1) };
  training.step({ images, labels }, 0, 0);
  const read = training.read();
  training.close();
  const expected: Tensors = new Map(
    networkParameters(remembering).map(({ name, shape }) => [name, { shape, data: read[name] as Float32Array }]),
  );
  expect(farthest(expected, await calibrated([windows[0]]), /\/moving_(mean|variance)$/)).toBeLessThan(1e-5);
});

test('over several windows they are the mean, whatever the order', async () => {
  const forth = await calibrated(windows);
  expect(farthest(forth, await calibrated([...windows].reverse()), /moving/)).toBeLessThan(1e-5);
  const singles: Tensors[] = [];
  for (const one of windows) singles.push(await calibrated([one]));
  const mean: Tensors = new Map(
    [...(singles[0] as Tensors)].map(([name, { shape, data }]) => {
      const other = singles[1]?.get(name)?.data as Float32Array;
      return [name, { shape, data: data.map((value, i) => (value + (other[i] as number)) / 2) }];
    }),
  );
  expect(farthest(forth, mean, /moving/)).toBeLessThan(1e-5);
});
