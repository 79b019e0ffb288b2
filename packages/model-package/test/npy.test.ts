import { InvalidPackageError } from '@dilated-unet/core';
import { expect, test } from 'vitest';
import { decodeNpy, encodeNpy } from '../src/index.ts';
import { fixture } from './support/tiny-package.ts';

test('a NumPy file has its values at a multiple of 64 bytes', () => {
  const file = encodeNpy(Float32Array.of(1.5, -2, 3, 4, 5, 6), [1, 2, 3, 1]);
  expect([...file.subarray(0, 8)]).toEqual([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
  const length = 10 + ((file[8] as number) + 256 * (file[9] as number));
  expect(length % 64).toBe(0);
  expect(new TextDecoder().decode(file.subarray(10, length))).toMatch(
    /^\{'descr': '<f4', 'fortran_order': False, 'shape': \(1, 2, 3, 1,\), \} *\n$/,
  );
  expect([...new Float32Array(file.slice(length).buffer)]).toEqual([1.5, -2, 3, 4, 5, 6]);
});

test.each([[[6]], [[2, 3]], [[1, 2, 3, 1]], [[1, 1, 6]]])('is read as it was written: shape %j', (shape) => {
  const data = Float32Array.of(1.5, -2, 3, NaN, 5, 6);
  // At an address that is no multiple of 4.
  const file = Uint8Array.from([0, ...encodeNpy(data, shape)]).subarray(1);
  expect(decodeNpy(file, 'a.npy')).toEqual({ data, shape });
});

test('reads what NumPy writes', () => {
  const { data, shape } = decodeNpy(fixture('test-input.npy'), 'a.npy');
  expect(shape).toEqual([1, 24, 32, 1]);
  expect(data.every((value) => Number.isInteger(value) && value >= 0 && value <= 255)).toBe(true);
});

const file = Buffer.from(encodeNpy(new Float32Array(6), [2, 3]));
const replaced = (from: string, to: string): Buffer => Buffer.from(file.toString('latin1').replace(from, to), 'latin1');
test.each([
  ['empty', Buffer.alloc(0), 'must be a NumPy file of version 1.0'],
  [
    'another version',
    Buffer.from([...file.subarray(0, 6), 2, ...file.subarray(7)]),
    'must be a NumPy file of version 1.0',
  ],
  ['big-endian', replaced('<f4', '>f4'), 'must have values of type float32 (<f4); received ">f4"'],
  ['Fortran order', replaced('False', 'True '), 'must have its values in C order'],
  ['no shape', replaced("'shape'", "'shope'"), 'must say its shape'],
  ['a shape of another number', replaced('(2, 3,)', '(2, 4,)'), 'must have the 8 values of its shape; received 6'],
  ['a shape that is none', replaced('(2, 3,)', '(2 3,,)'), 'values of its shape'],
  ['cut off', file.subarray(0, -1), 'must have the 6 values of its shape; received 5.75'],
])('refuses a file: %s', (_, bytes, message) => {
  expect(() => decodeNpy(bytes, 'a.npy')).toThrow(InvalidPackageError);
  expect(() => decodeNpy(bytes, 'a.npy')).toThrow(
    `a.npy ${message === 'values of its shape' ? 'must have the NaN ' : ''}${message}`,
  );
});
