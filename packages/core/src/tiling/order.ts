import { InvalidOptionError } from '../errors.ts';
import type { Rectangle } from '../image/rectangle.ts';
import type { Tile, TilePlan } from './plan.ts';

/**
 * Chooses the next tile to begin: gets those not begun yet, in the order row by row, and gives the index of one. It is
 * asked each time a tile can begin, so that an order may change while it runs.
 */
export type ChooseTile = (waiting: readonly Tile[]) => number;

/** In which order tiles are begun, and so given: the result is the same. */
export type TileOrder = 'row-major' | 'centre-out' | ChooseTile;

/**
 * The tile nearest to a point first, by the middle of what is kept of it: a viewer moves the point while it runs.
 *
 * @param focus the point now, pixels of the image.
 */
export function nearestFirst(focus: () => { readonly x: number; readonly y: number }): ChooseTile {
  return (waiting) => {
    const { x, y } = focus();
    const distanceTo = ({ output }: Tile): number =>
      Math.hypot(output.x + output.width / 2 - x, output.y + output.height / 2 - y);
    let [nearest, least] = [0, Infinity];
    waiting.forEach((tile, index) => {
      const distance = distanceTo(tile);
      if (distance < least) [nearest, least] = [index, distance];
    });
    return nearest;
  };
}

/**
 * Takes the tiles of `plan` one after another.
 *
 * @param seen a tile as `order` is shown it, whose pixels may be counted from elsewhere.
 * @throws InvalidOptionError when `order` chooses none of those that wait.
 */
export function tileQueue(
  plan: TilePlan,
  order: TileOrder,
  seen: (tile: Tile) => Tile = (tile) => tile,
): () => Tile | undefined {
  const waiting = [...plan.tiles];
  const shown = waiting.map(seen);
  const choose = chooserOf(order, shown);
  return () => {
    if (waiting.length === 0) return undefined;
    const index = choose(shown);
    const [tile] = Number.isInteger(index) && index >= 0 ? waiting.splice(index, 1) : [];
    shown.splice(index, 1);
    if (tile === undefined) {
      throw new InvalidOptionError('order', `must choose a tile from 0 to ${waiting.length - 1}`, index);
    }
    return tile;
  };
}

function chooserOf(order: TileOrder, tiles: readonly Tile[]): ChooseTile {
  if (typeof order === 'function') return order;
  if (order === 'row-major') return () => 0;
  if (order === 'centre-out') {
    const first = tiles.at(0)?.output as Rectangle;
    const last = tiles.at(-1)?.output as Rectangle;
    const middle = { x: (first.x + last.x + last.width) / 2, y: (first.y + last.y + last.height) / 2 };
    return nearestFirst(() => middle);
  }
  throw new InvalidOptionError('order', 'must be row-major, centre-out or a function that chooses', order);
}
