import { expect, it } from 'vitest';
import { MapRows } from '../../src/tiling/map-rows.ts';

const region = { x: 1, y: 2, width: 2, height: 2 };

it('keeps what is written of a part, and frees rows', () => {
  const map = new MapRows(4);
  // Two channels of 4 x 3 at (1, 1): of them the region is kept.
  const data = Float32Array.from({ length: 24 }, (_, i) => i);
  map.write(region, { channels: 2, width: 4, height: 3, data }, { x: 1, y: 1 });
  expect(map.held).toBe(2);
  expect(map.read(region)).toEqual({
    channels: 2,
    width: 2,
    height: 2,
    data: Float32Array.of(4, 5, 8, 9, 16, 17, 20, 21),
  });
  map.forgetAbove(3);
  expect(map.held).toBe(1);
  expect(map.read({ ...region, y: 3, height: 1 }).data).toEqual(Float32Array.of(8, 9, 20, 21));
  map.forgetAbove(Infinity);
  expect(map.held).toBe(0);
});
