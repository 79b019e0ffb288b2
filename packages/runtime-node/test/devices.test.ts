import { expect, test } from 'vitest';
import { lacksIntegerInstructions } from '../src/devices/cpu.ts';
import { DEVICE_OPTIONS, DEVICES, devicesToTry } from '../src/devices/index.ts';
import { sessionOptions } from '../src/worker/session.ts';

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

test.each([
  ['AVX2 alone', ['fma', 'avx', 'avx2'], true],
  ['AVX-512 without VNNI', ['avx', 'avx2', 'avx512f'], true],
  ['VNNI of AVX-512', ['avx2', 'avx512f', 'avx512_vnni'], false],
  ['VNNI of AVX', ['avx2', 'avx_vnni'], false],
  ['nothing that is known', [], false],
])('integers are slow on a processor with %s: %s', (_, flags, slow) => {
  expect(lacksIntegerInstructions(flags)).toBe(slow);
});

test.each([
  ['AVX2 alone', ['fma', 'avx', 'avx2'], true],
  ['VNNI of AVX-512', ['avx2', 'avx512f', 'avx512_vnni'], false],
  ['nothing that is known', [], true],
])('sums of integers are kept from overflowing on a processor with %s: %s', (_, flags, kept) => {
  const exact = { session: { x64quantprecision: '1' } };
  expect(sessionOptions('cpu', 1, flags).extra).toEqual(kept ? exact : undefined);
});
