import { loadDataset, openTrainingSampler, parseTrainConfig } from '@dilated-unet/trainer';
import { expect, it } from 'vitest';
import { firstWindows } from '../../src/preview/windows.ts';

it('the windows of the page are those of the first batches of the run', async () => {
  const config = parseTrainConfig({
    network: { name: 'unet' },
    data: { kind: 'phantom', sections: 3, size: 64 },
    holdOut: 1,
    window: 32,
    batchSize: 2,
    augmentation: 'tissue',
    schedule: {},
  });
  const data = await loadDataset(config);
  const { windows, shares } = await firstWindows(config, data, 3);
  expect(shares).toEqual([1]);
  // Whose batches are those of a run's queue: see the trainer's tests.
  const sampler = await openTrainingSampler(config, data);
  const batches = [await sampler.batch(0), await sampler.batch(1)];
  expect(windows.map(({ step, number }) => [step, number])).toEqual([
    [1, 1],
    [1, 2],
    [2, 1],
  ]);
  const size = 32 ** 2;
  for (const { step, number, image, labels } of windows) {
    const batch = batches[step - 1];
    expect(image).toEqual(batch?.images.subarray((number - 1) * size, number * size));
    expect(labels).toEqual(batch?.labels.subarray((number - 1) * size, number * size));
  }
});
