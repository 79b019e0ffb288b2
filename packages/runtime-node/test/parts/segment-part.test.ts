import { readableStack, type Segmentable, type Segmenter } from '@dilated-unet/core';
import { stackSource } from '@dilated-unet/stacks';
import { expect, test, vi } from 'vitest';
import { noiseStack } from '../../../stacks/test/support/images.ts';
import type { Plan } from '../../src/parts/plan.ts';
import { segmentPart } from '../../src/parts/segment-part.ts';
import type { PartsStore, SectionToAdd } from '../../src/parts/store.ts';
import { startResult } from '../../src/results/index.ts';
import { NORMALISATION } from '../support/models.ts';

const files = vi.hoisted(() => ({ now: 0, looks: 0 }));
vi.mock('../../src/parts/input.ts', () => ({
  filesHash: () => {
    files.looks++;
    files.now += 40_000;
    return Promise.resolve('same');
  },
}));

const segmenter = {
  card: { name: 'grey', stride: 8, receptiveFieldRadius: 8, normalisation: NORMALISATION },
  async *segment(source: Segmentable) {
    const [, height, width] = readableStack(source).shape;
    yield await Promise.resolve({
      x: 0,
      y: 0,
      width,
      height,
      data: new Float32Array(width * height),
      done: 1,
      total: 1,
    });
  },
} as unknown as Segmenter;

test('a folder at which looking takes longer than the time between two looks is not looked at after each section', async () => {
  vi.spyOn(performance, 'now').mockImplementation(() => files.now);
  const sections = [0, 1, 2, 3, 4];
  const store = {
    folder: 'OUT.parts',
    async add(z: number, { rows }: SectionToAdd) {
      for await (const { isLast } of rows) if (isLast && z === 1) files.now += 40_000;
    },
    leave: () => Promise.resolve(),
  } as unknown as PartsStore;
  const plan = { input: { files: 'same' }, decided: { normalise: NORMALISATION }, tile: 64 } as unknown as Plan;
  const run = startResult('probabilities', {});
  await segmentPart(segmenter, stackSource(noiseStack(64, 48, 5)), plan, store, { input: 'stack', run, sections });
  expect(files.looks).toBe(2);
});
