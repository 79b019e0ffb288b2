import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { memoryBytes, openTiff, readTiffStack } from '../../../src/index.ts';
import { buildTiff, greyPage, storedBytes } from '../../support/build-tiff.ts';
import { expectUndecodable } from '../../support/errors.ts';

const [UNSIGNED, SIGNED, FLOAT] = [1, 2, 3];

describe.each([true, false])('values of any width, little endian: %s', (littleEndian) => {
  it.each([
    ['int8', 'Int8', SIGNED, [-128, -1, 0, 127]],
    ['int16', 'Int16', SIGNED, [-32768, -1, 0, 32767]],
    ['int32', 'Int32', SIGNED, [-16777216, -1, 0, 16777216]],
    ['uint32', 'Uint32', UNSIGNED, [0, 1, 70000, 16777216]],
    ['int64', 'BigInt64', SIGNED, [-5n, 0n, 1n, 16777216n]],
    ['uint64', 'BigUint64', UNSIGNED, [0n, 1n, 255n, 16777215n]],
    ['float64', 'Float64', FLOAT, [-0.5, 0, 1e-300, 12345.678]],
    ['float32', 'Float32', FLOAT, [-0.5, 0, NaN, Infinity]],
  ] as const)('%s', async (_, type, format, values) => {
    const bits = Number(/\d+/.exec(type)?.[0]);
    const block = storedBytes(type, values, littleEndian);
    const bytes = buildTiff([greyPage(2, 2, block, { 258: bits, 339: format })], { littleEndian });
    expect((await openTiff(memoryBytes(bytes))).dtype).toBe('float32');
    expect((await readTiffStack(bytes)).data).toEqual(Float32Array.from(values, Number));
  });

  it('float16: numbers, subnormal ones, infinity and none', async () => {
    const halves = [0x3c00, 0xc000, 0x0001, 0x7bff, 0x7c00, 0xfe00];
    const block = storedBytes('Uint16', halves, littleEndian);
    const { data } = await readTiffStack(buildTiff([greyPage(3, 2, block, { 258: 16, 339: FLOAT })], { littleEndian }));
    expect([...data]).toEqual([1, -2, 2 ** -24, 65504, Infinity, NaN]);
  });

  it('differences of 64-bit values', async () => {
    const block = new Uint8Array(deflateSync(storedBytes('BigInt64', [7n, -2n, 3n, 100n, -200n, 0n], littleEndian)));
    const tags = { 258: 64, 259: 8, 317: 2, 339: SIGNED };
    const { data } = await readTiffStack(buildTiff([greyPage(3, 2, block, tags)], { littleEndian }));
    expect([...data]).toEqual([7, 5, 8, 100, -100, -100]);
  });
});

describe('packed values', () => {
  it.each([
    [2, [0b00011011, 0b11000000], 'uint8', [0, 1, 2, 3, 3]],
    [4, [0x12, 0xf0, 0x50], 'uint8', [1, 2, 15, 0, 5]],
    [6, [0b00000100, 0b00101111, 0b11000000, 0b11111100], 'uint8', [1, 2, 63, 0, 63]],
    [12, [0x12, 0x3f, 0xff, 0x00, 0x0a, 0xbc, 0x00, 0x10], 'uint16', [0x123, 0xfff, 0, 0xabc, 1]],
  ] as const)('%i bits', async (bits, row, dtype, values) => {
    const bytes = buildTiff([greyPage(5, 2, Uint8Array.from([...row, ...row]), { 258: bits })]);
    const source = await openTiff(memoryBytes(bytes));
    expect(source.dtype).toBe(dtype);
    expect([...(await readTiffStack(bytes)).data]).toEqual([...values, ...values]);
    const part = await source.read(0, { x: 1, y: 1, width: 3, height: 1 });
    expect([...part.data]).toEqual(values.slice(1, 4));
  });

  it('1 bit, white as 0', async () => {
    const bytes = buildTiff([greyPage(3, 1, Uint8Array.of(0b10100000), { 258: 1, 262: 0 })]);
    expect([...(await readTiffStack(bytes)).data]).toEqual([0, 255, 0]);
  });
});

describe('what float32 cannot hold', () => {
  it.each([
    [
      'an integer that would be rounded',
      storedBytes('Uint32', [1, 16777217]),
      32,
      UNSIGNED,
      /the value 16777217 is too/,
    ],
    [
      'an id of 64 bits',
      storedBytes('BigUint64', [1n, 2n ** 60n + 1n]),
      64,
      UNSIGNED,
      /is too large.*labels with smaller/,
    ],
    ['a number above its range', storedBytes('Float64', [1, 1e39]), 64, FLOAT, /the value 1e\+39 is outside/],
  ])('%s', async (_, block, bits, format, message) => {
    const bytes = buildTiff([greyPage(2, 1, block, { 258: bits, 339: format })]);
    await expectUndecodable(bytes, [/^Page 1 \(directory at byte \d+\): /, message]);
  });
});

it('floating-point and signed values with white as 0 stay as they are stored', async () => {
  const block = storedBytes('Float32', [0, 0.25, 1]);
  const { data } = await readTiffStack(buildTiff([greyPage(3, 1, block, { 258: 32, 262: 0, 339: FLOAT })]));
  expect([...data]).toEqual([0, 0.25, 1]);
});
