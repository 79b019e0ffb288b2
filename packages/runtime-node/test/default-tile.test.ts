import { expansion, networkStages, planTiles, variant } from '@dilated-unet/core';
import { expect, test } from 'vitest';
import { DEFAULT_TILE, defaultTile } from '../src/index.ts';
import { STAGED_TILE } from '../src/default-tile.ts';

const UNET = { stride: 8, receptiveFieldRadius: 90 };
const DILATED = { stride: 8, receptiveFieldRadius: 553 };

test.each([
  { width: 512, height: 512, model: UNET, tile: 512, tiles: 1 },
  { width: 700, height: 1001, model: UNET, tile: 1008, tiles: 1 },
  { width: 1536, height: 1536, model: UNET, tile: 1536, tiles: 1 },
  // One more pixel is one more stride, which is too much.
  { width: 1536, height: 1537, model: UNET, tile: DEFAULT_TILE, tiles: 2 },
  // Long and thin, and yet small.
  { width: 8000, height: 200, model: UNET, tile: 8000, tiles: 1 },
  { width: 4096, height: 4096, model: UNET, tile: DEFAULT_TILE, tiles: 9 },
  { width: 512, height: 512, model: DILATED, tile: 512, tiles: 1 },
  // An axis that fits in the larger tile stays whole.
  { width: 2048, height: 2048, model: DILATED, tile: 2240, tiles: 1 },
  { width: 4096, height: 2048, model: DILATED, tile: 2240, tiles: 3 },
])('$width x $height, radius $model.receptiveFieldRadius: tile $tile', ({ width, height, model, tile, tiles }) => {
  expect(defaultTile({ width, height }, model)).toBe(tile);
  const plan = planTiles({ width, height, tile, ...model });
  expect(plan.tiles).toHaveLength(tiles);
  for (const { input } of plan.tiles) expect(input.width * input.height).toBeLessThanOrEqual(2240 ** 2);
});

test.each([UNET, DILATED])(
  'a large image takes at most 4 times the work of the whole (radius $receptiveFieldRadius)',
  (model) => {
    for (let size = 1544; size < 20_000; size += 1000) {
      const image = { width: size, height: size };
      expect(expansion(planTiles({ ...image, tile: defaultTile(image, model), ...model }))).toBeLessThanOrEqual(4);
    }
  },
);

test('a network that sees far and has stages has smaller tiles than others', () => {
  const { stages } = networkStages(variant('dilated-unet'));
  expect(defaultTile({ width: 4096, height: 4096 }, { ...DILATED, stages })).toBe(STAGED_TILE);
  expect(defaultTile({ width: 512, height: 512 }, { ...DILATED, stages })).toBe(512);
});
