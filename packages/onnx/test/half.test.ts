import { expect, test } from 'vitest';
import { halfFloats } from '../src/half.ts';

/** What the bits of a 16-bit float say, by the standard's formula. */
function valueOf(bits: number): number {
  const [sign, exponent, digits] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return digits === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? digits * 2 ** -24 : (1 + digits / 1024) * 2 ** (exponent - 15));
}

const ALL = Array.from({ length: 0x8000 }, (_, bits) => bits).filter((bits) => !Number.isNaN(valueOf(bits)));

test('each 16-bit float is itself, of either sign', () => {
  const values = Float32Array.from(ALL, valueOf);
  expect([...halfFloats(values)]).toEqual(ALL);
  expect([...halfFloats(values.map((value) => -value))]).toEqual(ALL.map((bits) => bits | 0x8000));
});

test('what lies between two is the nearer one, and in the middle the even one', () => {
  const finite = ALL.filter((bits) => bits < 0x7bff);
  const between = (share: number): number[] => [
    ...halfFloats(Float32Array.from(finite, (bits) => valueOf(bits) + share * (valueOf(bits + 1) - valueOf(bits)))),
  ];
  expect(between(0.49)).toEqual(finite);
  expect(between(0.51)).toEqual(finite.map((bits) => bits + 1));
  expect(between(0.5)).toEqual(finite.map((bits) => bits + (bits % 2)));
});

test('what is too large is infinite, and NaN stays so', () => {
  expect([...halfFloats(Float32Array.of(65_519, 65_520, -1e30, Infinity))]).toEqual([0x7bff, 0x7c00, 0xfc00, 0x7c00]);
  expect(valueOf(halfFloats(Float32Array.of(NaN))[0] as number)).toBeNaN();
});
