import { InvalidOptionError } from '@dilated-unet/core';
import { describe, expect, test } from 'vitest';
import { parseAugmentation } from '../../src/config/parse.ts';
import { BatchQueue } from '../../src/data/batch-queue.ts';
import { createSampler, type SamplerOptions } from '../../src/data/sampler.ts';
import { stream } from '../../src/random.ts';
import { oneStack } from '../support/one-stack.ts';

const random = stream(5, 'queue');
const volume = (values: () => number) => ({
  width: 40,
  height: 32,
  depth: 3,
  data: Uint8Array.from({ length: 40 * 32 * 3 }, values),
});
const options: SamplerOptions = oneStack({
  train: { images: volume(() => random.integer(256)), labels: volume(() => random.integer(2)) },
  normalisation: { mean: 120, std: 40 },
  window: 16,
  batchSize: 2,
  augmentation: { symmetries: true },
  seed: 9,
});

describe('batches prepared ahead', () => {
  test.each([0, 7])('from step %i on they are those of the sampler', async (first) => {
    const sampler = createSampler(options);
    const queue = await BatchQueue.open(options, first, first + 10);
    for (let step = first; step < first + 10; step++) expect(queue.take(step)).toEqual(sampler.batch(step));
    expect(queue.waitedMs).toBeGreaterThan(0);
    await queue.close();
  });

  test.each([2, 3])('of %i threads they are the same, in the same order', async (threads) => {
    const sampler = createSampler(options);
    const queue = await BatchQueue.open(options, 5, 19, threads);
    for (let step = 5; step < 19; step++) expect(queue.take(step)).toEqual(sampler.batch(step));
    await queue.close();
  });

  test.each([1, 2])('what is wrong with a batch is said with its class: %i threads', async (threads) => {
    const [stack] = options.stacks;
    const train = { ...stack?.train, labels: { ...volume(() => 1), depth: 0 } } as NonNullable<typeof stack>['train'];
    const broken = { ...options, stacks: [{ ...stack, train } as NonNullable<typeof stack>] };
    const queue = await BatchQueue.open(broken, 1, 4, threads);
    expect(() => queue.take(1)).toThrow(InvalidOptionError);
    await queue.close();
  });

  test('with every kind of augmentation they are those of the sampler', async () => {
    const tissue = { ...options, augmentation: parseAugmentation('tissue') };
    const sampler = createSampler(tissue);
    const queue = await BatchQueue.open(tissue, 0, 6);
    for (let step = 0; step < 6; step++) expect(queue.take(step)).toEqual(sampler.batch(step));
    await queue.close();
  });

  test('a batch stays as it is while later ones are prepared', async () => {
    const queue = await BatchQueue.open(options, 0, 8);
    const first = queue.take(0);
    const copy = structuredClone(first);
    for (let step = 1; step < 8; step++) queue.take(step);
    expect(first).toEqual(copy);
    await queue.close();
  });

  test('steps are taken in order, none twice and none beyond the end', async () => {
    const queue = await BatchQueue.open(options, 0, 2);
    expect(() => queue.take(1)).toThrow(/step 0/);
    queue.take(0);
    expect(() => queue.take(0)).toThrow(/step 1/);
    queue.take(1);
    expect(() => queue.take(2)).toThrow(/asked for 2/);
    await queue.close();
  });

  test('what the sampler refuses is refused here', async () => {
    await expect(BatchQueue.open({ ...options, window: 64 }, 0, 1)).rejects.toThrow(/window/);
  });
});
