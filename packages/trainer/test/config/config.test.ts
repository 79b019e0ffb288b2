import { InvalidOptionError } from '@dilated-unet/core';
import { describe, expect, test } from 'vitest';
import { parseTrainConfig } from '../../src/config/parse.ts';
import type { TrainConfigInput } from '../../src/config/schema.ts';

const MINIMAL: TrainConfigInput = {
  network: { name: 'unet' },
  data: { kind: 'phantom' },
  holdOut: 6,
  schedule: {},
};

test("the defaults are the original's", () => {
  expect(parseTrainConfig(MINIMAL)).toMatchObject({
    window: 512,
    batchSize: 3,
    stepsPerEpoch: 10,
    schedule: { policy: 'triangular', baseRate: 1e-5, maxRate: 5e-4, stepSize: 2000 },
    augmentation: {},
    registerLabels: false,
    network: { dilateRate: 1, dilate: false, addition: true, classes: 2, dropout: 0.3, filters: 44 },
  });
});

test('a montage has validation data, so it may be stopped early and export the best', () => {
  const montage = { holdOut: 0, sampling: 'montage', exportWeights: 'best', earlyStopping: { patience: 9 } } as const;
  expect(parseTrainConfig({ ...MINIMAL, ...montage })).toMatchObject({
    ...montage,
    earlyStopping: { patience: 9, minDelta: 0 },
  });
});

test('a configuration of an earlier version stays valid', () => {
  const config = parseTrainConfig(MINIMAL);
  expect(config).toMatchObject({ sampling: 'sections', earlyStopping: null });
  expect(config).not.toHaveProperty('holdOutFrom');
  expect(config).not.toHaveProperty('ignore');
});

test('what is ignored of labels is stored as it was given', () => {
  const data = { kind: 'stacks', images: '/i.tif', labels: '/l.tif', ignoreMask: '/m.tif' } as const;
  const config = parseTrainConfig({ ...MINIMAL, data, ignore: -1, ignoreSections: '2,5-9' });
  expect(config).toMatchObject({ data, ignore: -1, ignoreSections: '2,5-9' });
  expect(parseTrainConfig(JSON.parse(JSON.stringify(config)) as TrainConfigInput)).toEqual(config);
});

describe('what is out of range is refused by name', () => {
  const cases: readonly (readonly [string, Partial<TrainConfigInput> | Record<string, unknown>, string])[] = [
    ['a window off the grid of 8', { window: 100 }, 'window must be a multiple of 8; received 100'],
    ['a window of nothing', { window: 0 }, 'window'],
    ['no window at a time', { batchSize: 0 }, 'batchSize'],
    [
      'a batch that two GPUs cannot share',
      { batchSize: 3, devices: 2 },
      'batchSize must be a multiple of 2, the GPUs that share a batch (`devices`); received 3',
    ],
    ['no device', { devices: 0 }, 'devices must be at least 1'],
    ['a rate of 0', { schedule: { baseRate: 0 } }, 'schedule.baseRate'],
    ['a highest rate below the lowest', { schedule: { baseRate: 1e-2, maxRate: 1e-3 } }, 'schedule.maxRate must be'],
    ['one class', { network: { name: 'unet', classes: 1 } }, 'network.classes'],
    ['a dilation of 0', { network: { name: 'unet', dilateRate: 0 } }, 'network.dilateRate'],
    ['everything dropped', { network: { name: 'unet', dropout: 1 } }, 'network.dropout must be below 1; received 1'],
    ['an unknown policy', { schedule: { policy: 'cosine' } }, 'schedule.policy'],
    ['an unknown key', { dropuot: 0.3 }, 'dropuot'],
    ['a negative seed', { seed: -1 }, 'seed'],
    [
      'a block that nothing is held out of',
      { holdOut: 0, holdOutFrom: 3 },
      'holdOutFrom must be left out where no section',
    ],
    ['a block before the first section', { holdOutFrom: -1 }, 'holdOutFrom must be at least 0'],
    ['pixels of the phantom that are ignored', { ignore: 255 }, 'ignore must be left out with the built-in phantom'],
    ['sections of the phantom that are ignored', { ignoreSections: '1' }, 'ignoreSections must be left out with the'],
    ['sections that are no numbers', { ignoreSections: '0' }, 'ignoreSections must be numbers from 1'],
    [
      'a mask beside a montage',
      {
        sampling: 'montage',
        holdOut: 0,
        data: { kind: 'stacks', images: '/i.tif', labels: '/l.tif', ignoreMask: '/m.tif' },
      },
      'data.ignoreMask must be left out with a montage, in which the original counts every pixel',
    ],
    [
      'pixels of a montage that are ignored',
      { sampling: 'montage', holdOut: 0, data: { kind: 'stacks', images: '/i.tif', labels: '/l.tif' }, ignore: 255 },
      'ignore must be left out with a montage',
    ],
    [
      'labels of another kind in the phantom',
      { labelKind: 'membrane' },
      'labelKind must be auto or interior with the built-in phantom',
    ],
    [
      'an unknown kind of labels',
      { labelKind: 'nuclei' },
      'labelKind must be one of auto, interior, membrane, instances',
    ],
    ['an unknown sampling', { sampling: 'tiles' }, 'sampling must be one of sections, montage'],
    ['a montage with sections held out', { sampling: 'montage' }, 'holdOut must be 0 with a montage'],
    [
      'labels moved in a montage',
      { holdOut: 0, sampling: 'montage', registerLabels: true },
      'registerLabels must be off (`registerLabels: false`) with a montage',
    ],
    [
      'sections of a montage normalised by themselves',
      { holdOut: 0, sampling: 'montage', normalise: 'section' },
      'normalise must be model with a montage',
    ],
    ['no patience', { earlyStopping: { patience: 0 } }, 'earlyStopping.patience must be an integer of at least 1'],
    ['a difference without patience', { earlyStopping: { minDelta: 1 } }, 'earlyStopping.patience must be an integer'],
    [
      'a difference below 0',
      { earlyStopping: { patience: 1, minDelta: -1 } },
      'earlyStopping.minDelta must be at least 0',
    ],
    [
      'early stopping without validation',
      { holdOut: 0, earlyStopping: { patience: 2 } },
      'earlyStopping.patience must be left out, as',
    ],
    [
      'the best of what is not compared',
      { holdOut: 0, exportWeights: 'best' },
      'exportWeights must not be best, which',
    ],
    ['a number that is none', { epochs: Number.NaN }, 'epochs'],
  ];
  test.each(cases)('%s', (_, overrides, message) => {
    const parse = (): unknown => parseTrainConfig({ ...MINIMAL, ...overrides });
    expect(parse).toThrow(InvalidOptionError);
    expect(parse).toThrow(message);
  });
});
