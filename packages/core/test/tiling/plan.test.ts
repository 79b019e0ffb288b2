import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expansion, InvalidOptionError, planTiles, type TilePlanOptions } from '../../src/index.ts';

const unet = { stride: 8, receptiveFieldRadius: 90 };

const options: fc.Arbitrary<TilePlanOptions> = fc
  .record({
    width: fc.integer({ min: 1, max: 400 }),
    height: fc.integer({ min: 1, max: 400 }),
    stride: fc.constantFrom(1, 2, 4, 8),
    receptiveFieldRadius: fc.integer({ min: 0, max: 30 }),
    room: fc.integer({ min: 0, max: 200 }),
  })
  .map(({ room, ...rest }) => {
    const halo = Math.ceil(rest.receptiveFieldRadius / rest.stride) * rest.stride;
    return { ...rest, tile: 2 * halo + rest.stride + room };
  });

describe('planTiles', () => {
  it.each([
    // width, height, tile -> tiles across, tiles down, input width, input height, expansion
    [512, 512, 512, [1, 1, 512, 512, 1], 'fits exactly'],
    [512, 512, 520, [1, 1, 512, 512, 1], 'fits with room'],
    [8, 8, 512, [1, 1, 8, 8, 1], 'least image'],
    [1, 1, 512, [1, 1, 8, 8, 1], 'one pixel is extended to a stride'],
    [700, 1001, 512, [2, 3, 448, 464, 1.758], 'no multiples of the stride'],
    [1536, 1024, 512, [5, 3, 464, 472, 2.089], 'largest side is not exceeded'],
    [1536, 1024, 1024, [2, 1, 864, 1024, 1.125], 'one axis is cut only'],
    [3000, 8, 512, [9, 1, 504, 8, 1.512], 'a strip'],
    [600, 512, 519, [2, 1, 400, 512, 1.333], 'the tile is rounded down to the stride'],
  ])('%i x %i in tiles of %i: %j (%s)', (width, height, tile, expected) => {
    const plan = planTiles({ width, height, tile, ...unet });
    expect(plan.halo).toBe(96);
    const first = plan.tiles[0]?.input;
    const across = plan.tiles.filter(({ output }) => output.y === 0).length;
    expect([
      across,
      plan.tiles.length / across,
      first?.width,
      first?.height,
      Math.round(expansion(plan) * 1000) / 1000,
    ]).toEqual(expected);
  });

  it('cuts an axis as drawn', () => {
    const { tiles } = planTiles({ width: 21, height: 4, tile: 12, stride: 2, receptiveFieldRadius: 3 });
    expect(tiles.map(({ input, output }) => [input.x, input.width, output.x, output.width])).toEqual([
      // halo 4, padded width 22: inputs of 12, of which 4 pixels at each inner border are dropped
      [0, 12, 0, 8],
      [4, 12, 8, 4],
      [8, 12, 12, 4],
      [10, 12, 16, 5],
    ]);
  });

  it('puts each pixel of the image into one output', () => {
    fc.assert(
      fc.property(options, (random) => {
        const plan = planTiles(random);
        const times = new Uint8Array(random.width * random.height);
        expect(plan.tiles.filter(({ output }) => output.width < 1 || output.height < 1)).toEqual([]);
        for (const { output } of plan.tiles) {
          for (let y = output.y; y < output.y + output.height; y++) {
            for (let x = output.x; x < output.x + output.width; x++) (times[y * random.width + x] as number)++;
          }
        }
        expect(times.every((count) => count === 1)).toBe(true);
      }),
    );
  });

  it('keeps the halo to every border inside, corners on the stride grid, and one size within the limit', () => {
    fc.assert(
      fc.property(options, (random) => {
        const { tiles, halo, paddedWidth, paddedHeight } = planTiles(random);
        expect(halo).toBeGreaterThanOrEqual(random.receptiveFieldRadius);
        expect(halo - random.receptiveFieldRadius).toBeLessThan(random.stride);
        const axes = [
          ['x', 'width', paddedWidth],
          ['y', 'height', paddedHeight],
        ] as const;
        const wrong = tiles.filter(({ input, output }) =>
          axes.some(([corner, side, padded]) => {
            const end = input[corner] + input[side];
            const before = output[corner] - input[corner];
            const behind = end - output[corner] - output[side];
            const onGrid = input[corner] % random.stride === 0 && input[side] % random.stride === 0;
            const inside = input[corner] >= 0 && end <= padded && input[side] <= random.tile;
            const haloed = (input[corner] === 0 || before >= halo) && (end === padded || behind >= halo);
            return !(onGrid && inside && haloed && input[side] === tiles[0]?.input[side]);
          }),
        );
        expect(wrong).toEqual([]);
      }),
    );
  });

  it('never computes more than tiles of the full size would, nor uses more tiles', () => {
    fc.assert(
      fc.property(options, (random) => {
        const plan = planTiles(random);
        const tile = random.tile - (random.tile % random.stride);
        const along = (padded: number): number =>
          padded <= tile ? 1 : Math.ceil((padded - 2 * plan.halo) / (tile - 2 * plan.halo));
        expect(plan.tiles.length).toBeLessThanOrEqual(along(plan.paddedWidth) * along(plan.paddedHeight));
        expect(expansion(plan)).toBeGreaterThanOrEqual(1);
        if (plan.tiles.length === 1) expect(expansion(plan)).toBe(1);
      }),
    );
  });

  it('names the least tile', () => {
    const plan = (tile: number, width = 512) => planTiles({ width, height: 512, tile, ...unet });
    expect(() => plan(199)).toThrow(InvalidOptionError);
    expect(() => plan(199)).toThrow('tile must be at least 200 pixels');
    expect(() => plan(96 * 2)).toThrow('received 192');
    expect(plan(200).tiles.length).toBe(40 * 40);
    // A small image needs no more than itself.
    expect(() => planTiles({ width: 100, height: 50, tile: 64, ...unet })).toThrow('at least 104 pixels');
    expect(planTiles({ width: 100, height: 50, tile: 104, ...unet }).tiles.length).toBe(1);
  });

  it.each([
    ['width', 0],
    ['height', 2.5],
    ['tile', NaN],
    ['tile', -512],
    ['stride', 0],
    ['receptiveFieldRadius', -1],
  ])('rejects a %s of %d', (option, value) => {
    const run = () => planTiles({ width: 64, height: 64, tile: 512, ...unet, [option]: value });
    expect(run).toThrow(InvalidOptionError);
    expect(run).toThrow(expect.objectContaining({ option, received: value }));
  });
});
