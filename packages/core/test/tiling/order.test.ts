import { describe, expect, it } from 'vitest';
import {
  InvalidOptionError,
  nearestFirst,
  segmentImage,
  segmentTiles,
  type Predict,
  type SegmentedTile,
  type SegmentRun,
  type Tile,
  type TileOrder,
} from '../../src/index.ts';
import { expectSamePixels, noise } from '../support/images.ts';

const model = { stride: 4, receptiveFieldRadius: 6, normalisation: { mean: 0, std: 1 } };
const identity: Predict = async (tile) => tile;
const image = noise(70, 54);

function run(more: Partial<SegmentRun>): SegmentRun {
  return { predict: identity, model, tile: 24, ...more };
}

async function parts(more: Partial<SegmentRun>): Promise<SegmentedTile[]> {
  const all: SegmentedTile[] = [];
  for await (const part of segmentTiles(image, run(more))) all.push(part);
  return all;
}

const corner = ({ x, y }: SegmentedTile) => `${x},${y}`;
const middle = (part: SegmentedTile) => [part.x + part.width / 2, part.y + part.height / 2] as const;

describe('the order of tiles', () => {
  const last: TileOrder = (waiting) => waiting.length - 1;

  it.each<TileOrder>(['row-major', 'centre-out', last, nearestFirst(() => ({ x: 3, y: 50 }))])(
    'changes nothing in the result, and each tile comes once: %s',
    async (order) => {
      expectSamePixels(await segmentImage(image, run({ order })), await segmentImage(image, run({})));
      const found = await parts({ order });
      expect(found.map(corner).sort()).toEqual((await parts({})).map(corner).sort());
      expect(found.map(({ done }) => done)).toEqual(found.map((_, i) => i + 1));
    },
  );

  it('goes outwards from the middle of the image', async () => {
    const distances = (await parts({ order: 'centre-out' })).map((part) => {
      const [x, y] = middle(part);
      return Math.hypot(x - 35, y - 27);
    });
    expect(distances).toEqual([...distances].sort((a, b) => a - b));
    expect(distances.length).toBeGreaterThan(8);
  });

  it('chooses among any number of tiles', () => {
    const tile = (x: number) => ({ output: { x, y: 0, width: 1, height: 1 } }) as Tile;
    const waiting = Array.from({ length: 200_000 }, (_, x) => tile(x));
    expect(nearestFirst(() => ({ x: 150_000.5, y: 0 }))(waiting)).toBe(150_000);
  });

  it('is another from the next tile on, when its focus moves', async () => {
    let focus = { x: 0, y: 0 };
    const found: SegmentedTile[] = [];
    for await (const part of segmentTiles(image, run({ order: nearestFirst(() => focus), depth: 1 }))) {
      found.push(part);
      if (found.length === 2) focus = { x: 70, y: 54 };
    }
    // The third was begun before the second was given.
    const far = found.map((part) => Math.hypot(70 - middle(part)[0], 54 - middle(part)[1]));
    expect(corner(found[0] as SegmentedTile)).toBe('0,0');
    expect(far[3]).toBe(Math.min(...far));
    expect(far.slice(3)).toEqual(far.slice(3).sort((a, b) => a - b));
  });

  it.each(['spiral' as TileOrder, () => 99, () => -1, () => 0.5])(
    'is refused where it chooses no tile: %s',
    async (order) => {
      await expect(parts({ order })).rejects.toThrow(InvalidOptionError);
      await expect(parts({ order })).rejects.toThrow('order must');
    },
  );
});
