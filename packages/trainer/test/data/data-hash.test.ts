import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { dataHash } from '../../src/data/data-hash.ts';

const size = { width: 2, height: 2, depth: 2 };
const images = { ...size, data: Uint16Array.of(1, 2, 3, 4, 5, 6, 7, 65535) };
const labels = { ...size, data: Uint8Array.of(0, 1, 0, 1, 0, 1, 0, 1) };

test('is that of type, shape and values', () => {
  const expected = createHash('sha256').update('Uint16Array 2 x 2 x 2\n').update(images.data).digest('hex');
  expect(dataHash([{ images, labels }])).toEqual({
    images: expected,
    labels: dataHash([{ images: labels, labels }]).images,
  });
});

test('is another one where a value, the shape or the type is', () => {
  const of = (changed: typeof images) => dataHash([{ images: changed, labels }]).images;
  const value = { ...size, data: images.data.with(7, 65534) };
  const shape = { ...images, width: 4, depth: 1 };
  const type = { ...size, data: Float32Array.from(images.data) as unknown as Uint16Array<ArrayBuffer> };
  expect(new Set([images, value, shape, type].map(of)).size).toBe(4);
});
