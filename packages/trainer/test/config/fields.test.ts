import { expect, test } from 'vitest';
import { CONFIG_FIELDS, configDifferences } from '../../src/config/fields.ts';
import { parseTrainConfig } from '../../src/config/parse.ts';
import { PRESETS } from '../../src/config/presets.ts';
import { smallRun } from '../support/training.ts';

test('the fields of a configuration, those of its parts included, know their flags', () => {
  const paths = CONFIG_FIELDS.map(({ path }) => path);
  expect(paths).toContain('network.dropout');
  expect(paths).toContain('earlyStopping.patience');
  expect(paths).toContain('data');
  const flags = CONFIG_FIELDS.flatMap(({ text }) => (text === undefined ? [] : [text.flag]));
  expect(new Set(flags).size).toBe(flags.length);
  expect(CONFIG_FIELDS.find(({ path }) => path === 'schedule.maxRate')?.text?.flag).toBe('--max_lr');
});

test('what differs between two configurations is named field by field', () => {
  const run = smallRun();
  expect(configDifferences(run, smallRun())).toEqual([]);
  const other = smallRun({ seed: 4, schedule: { maxRate: 2e-3, stepSize: 4 }, earlyStopping: { patience: 2 } });
  expect(configDifferences(run, other)).toEqual([
    { field: 'schedule.baseRate', before: 1e-4, now: 1e-5 },
    { field: 'schedule.maxRate', before: 1e-3, now: 2e-3 },
    { field: 'earlyStopping.patience', before: undefined, now: 2 },
    { field: 'earlyStopping.minDelta', before: undefined, now: 0 },
    { field: 'seed', before: 3, now: 4 },
  ]);
  const on = (images: string) => smallRun({ data: { kind: 'stacks', images, labels: '/l.tif' } });
  expect(configDifferences(on('/here.tif'), on('/there.tif'))).toEqual([]);
  expect(configDifferences(run, on('/here.tif')).map(({ field }) => field)).toEqual(['data']);
  const augmented = configDifferences(run, smallRun({ augmentation: 'none' }));
  expect(augmented).toEqual([{ field: 'augmentation', before: { symmetries: true }, now: {} }]);
});

test.each(Object.entries(PRESETS))('preset %s is a configuration', (_, { overrides }) => {
  const whole = { network: { name: 'unet' }, data: { kind: 'phantom' }, ...overrides } as const;
  expect(parseTrainConfig(whole)).toMatchObject({ epochs: overrides.epochs, schedule: overrides.schedule });
});
