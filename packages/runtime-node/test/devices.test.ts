import { expect, test } from 'vitest';
import { DEVICE_OPTIONS, DEVICES, devicesToTry } from '../src/devices/index.ts';

test('auto tries what is installed, and the CPU last, which is always there', () => {
  const tried = devicesToTry('auto');
  expect(tried.at(-1)).toBe('cpu');
  expect(tried.every((name) => DEVICES[name].installed())).toBe(true);
  expect(devicesToTry('cpu')).toEqual(['cpu']);
});

test('what may be asked for is auto and each device of the table', () => {
  expect(DEVICE_OPTIONS).toEqual(['auto', 'cpu', 'cuda']);
  expect([...DEVICE_OPTIONS].sort()).toEqual(['auto', ...Object.keys(DEVICES)].sort());
});
