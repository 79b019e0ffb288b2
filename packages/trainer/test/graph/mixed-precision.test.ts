import { variant } from '@dilated-unet/core';
import { expect, test } from 'vitest';
import { loadDataset, sampledStacks } from '../../src/data/dataset.ts';
import { createSampler } from '../../src/data/sampler.ts';
import { rewritesFor, type Precision } from '../../src/graph/rewrites/index.ts';
import { writeTrainingGraph } from '../../src/graph/training-graph.ts';
import { openTraining } from '../support/training-graph.ts';
import { AVX512 } from '../support/targets.ts';
import { smallRun } from '../support/training.ts';

// Large enough for compiled operations.
const WINDOW = 64;

test('a network with dilated convolutions and others learns in mixed precision as in float32', async () => {
  const data = await loadDataset(
    smallRun({ data: { kind: 'phantom', sections: 4, size: 64, seed: 1 }, window: WINDOW }),
  );
  const sampler = createSampler({
    stacks: sampledStacks(data),
    window: WINDOW,
    batchSize: 2,
    augmentation: { symmetries: true },
    seed: 1,
  });
  const shape = [2, WINDOW, WINDOW, 1];
  const losses = async (precision: Precision): Promise<number[]> => {
    const rewrites = rewritesFor({ ...AVX512, precision });
    const graph = await openTraining(variant('dilated-unet'), { window: WINDOW, batchSize: 2, rewrites });
    const all: number[] = [];
    for (let step = 0; step < 12; step++) {
      const { images, labels } = sampler.batch(step);
      const given = { images: { shape, data: images }, labels: { shape, data: labels } };
      all.push((graph.step(given, step, 3e-4)['loss'] as Float32Array)[0] as number);
    }
    graph.close();
    return all;
  };
  const [full, mixed] = [await losses('float32'), await losses('mixed')];
  // The first step has the same weights and masks: what differs is the 8 bits of the products.
  const difference = Math.abs((mixed[0] as number) - (full[0] as number));
  expect(difference).toBeGreaterThan(0);
  expect(difference).toBeLessThan(0.02);
  const late = (values: readonly number[]) => values.slice(-6).reduce((sum, value) => sum + value, 0) / 6;
  expect(late(mixed)).toBeLessThan(0.9 * (mixed[0] as number));
  expect(Math.abs(late(mixed) - late(full))).toBeLessThan(0.1);
});

test('only the convolutions of the training step change type', () => {
  const options = { batchSize: 1, window: 32, seed: 1 };
  const { nodes } = writeTrainingGraph(variant('unet'), {
    ...options,
    rewrites: rewritesFor({ ...AVX512, precision: 'mixed' }),
  });
  const typed = nodes.filter(
    ({ attr }) => attr['T'] !== undefined && 'type' in attr['T'] && attr['T'].type === 'DT_BFLOAT16',
  );
  expect(new Set(typed.map(({ op }) => op))).toEqual(
    new Set(['Conv2D', 'Conv2DBackpropInput', 'Conv2DBackpropFilter']),
  );
  // 22 forward, 22 by kernel, 21 by input; 22 more, of `predict`, stay float32.
  expect(typed).toHaveLength(65);
  expect(nodes.filter(({ op }) => op === 'Conv2D')).toHaveLength(44);
});
