import fc from 'fast-check';
import { InvalidModelError } from '@dilated-unet/core';
import { expect, test } from 'vitest';
import { decodeSafetensors, encodeSafetensors } from '../../src/model/safetensors.ts';
import type { Tensors } from '../../src/model/weights.ts';

const TENSORS: Tensors = new Map([
  ['a/kernel', { shape: [2, 3], data: Float32Array.of(1, -2, 3.5, 0, 1e-30, 7) }],
  ['b', { shape: [1], data: Float32Array.of(9) }],
]);

test('tensors and texts come back as they were', () => {
  const { tensors, metadata } = decodeSafetensors(encodeSafetensors(TENSORS, { note: 'é "quoted"' }), 'file');
  expect([...tensors]).toEqual([...TENSORS]);
  expect(metadata['note']).toBe('é "quoted"');
});

test('the layout is the published one', () => {
  const bytes = encodeSafetensors(new Map([['b', { shape: [1], data: Float32Array.of(9) }]]), {});
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  expect(length % 8).toBe(0);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as Record<string, unknown>;
  expect(header['b']).toEqual({ dtype: 'F32', shape: [1], data_offsets: [0, 4] });
  expect(new DataView(bytes.buffer).getFloat32(8 + length, true)).toBe(9);
});

test('any damage is noticed', () => {
  const whole = encodeSafetensors(TENSORS, { note: 'x' });
  const values = 28;
  fc.assert(
    fc.property(fc.integer({ min: 0, max: whole.length - 1 }), (length) => {
      expect(() => decodeSafetensors(whole.slice(0, length), 'file')).toThrow(InvalidModelError);
    }),
  );
  fc.assert(
    fc.property(
      fc.integer({ min: whole.length - values, max: whole.length - 1 }),
      fc.integer({ min: 1, max: 255 }),
      (at, flip) => {
        const damaged = whole.slice();
        damaged[at] = (damaged[at] as number) ^ flip;
        expect(() => decodeSafetensors(damaged, 'file')).toThrow('checksum');
      },
    ),
  );
});
