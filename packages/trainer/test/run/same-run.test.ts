import { expect, test } from 'vitest';
import { parseStoredConfig } from '../../src/config/parse.ts';
import { requireSameRun } from '../../src/run/resume.ts';
import { smallRun } from '../support/training.ts';

test('a run goes on with as many devices as it began with, one where its version had no choice', () => {
  const two = smallRun({ devices: 2, batchSize: 2 });
  const one = smallRun({ batchSize: 2 });
  expect(() => requireSameRun(two, two)).not.toThrow();
  expect(() => requireSameRun(two, one)).toThrow('devices must stay 2 to resume this run');
  const { devices, ...earlier } = one;
  expect(devices).toBe(1);
  expect(() => requireSameRun(parseStoredConfig(earlier, 'config.json'), one)).not.toThrow();
  expect(() => requireSameRun(parseStoredConfig(earlier, 'config.json'), two)).toThrow('devices must stay 1');
});
