import { expect, test } from 'vitest';
import { parseTrainConfig } from '../../src/config/parse.ts';
import type { TrainConfigInput } from '../../src/config/schema.ts';
import { loadDataset } from '../../src/data/dataset.ts';
import { openTrainingBatches, openTrainingSampler } from '../../src/data/training-batches.ts';

const base = {
  network: { name: 'unet' },
  data: { kind: 'phantom', sections: 8, size: 128 },
  holdOut: 2,
  window: 32,
  batchSize: 3,
  schedule: {},
  augmentation: 'tissue',
} satisfies TrainConfigInput;

test.each<[string, Partial<TrainConfigInput>]>([
  ['windows of sections', {}],
  ['a montage', { sampling: 'montage', holdOut: 0 }],
  ['labels moved onto the tissue', { registerLabels: true }],
  ['sections normalised each by itself', { normalise: 'section', seed: 4 }],
])('the sampler gives what a run trains on: %s', async (_, changes) => {
  const config = parseTrainConfig({ ...base, ...changes });
  const data = await loadDataset(config);
  const sampler = await openTrainingSampler(config, data);
  const queue = await openTrainingBatches(config, data, { from: 0, to: 3 });
  for (let step = 0; step < 3; step++) expect(await sampler.batch(step)).toEqual(queue.take(step));
  await sampler.close();
  await queue.close();
});
