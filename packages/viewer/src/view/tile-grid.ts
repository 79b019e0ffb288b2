import type { Level } from '../image/pyramid.ts';
import type { Size } from './camera.ts';

/** A tile of a level, and where it lies in the section, pixels of the full resolution. */
export interface PlacedTile {
  readonly level: number;
  readonly column: number;
  readonly row: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The coarsest level that still has a pixel for each of the screen. @param zoom screen pixels for one of the section. */
export function levelFor(levels: readonly Level[], zoom: number): number {
  const coarse = levels.findLastIndex(({ factor }) => factor * zoom <= 1);
  return Math.max(0, coarse);
}

/** The tiles of a level that meet `part`, those nearest to its middle first. @param side of a tile, pixels of its level. */
export function tilesIn(
  level: number,
  { factor, width, height }: Level,
  part: { x: number; y: number } & Size,
  side: number,
): PlacedTile[] {
  const step = side * factor;
  const first = (from: number): number => Math.max(0, Math.floor(from / step));
  const last = (to: number, pixels: number): number => Math.min(Math.ceil(pixels / side) - 1, Math.ceil(to / step) - 1);
  const tiles: PlacedTile[] = [];
  for (let row = first(part.y); row <= last(part.y + part.height, height); row++) {
    for (let column = first(part.x); column <= last(part.x + part.width, width); column++) {
      tiles.push({
        ...{ level, column, row, x: column * step, y: row * step },
        width: Math.min(side, width - column * side) * factor,
        height: Math.min(side, height - row * side) * factor,
      });
    }
  }
  const distance = (tile: PlacedTile): number =>
    Math.hypot(tile.x + tile.width / 2 - part.x - part.width / 2, tile.y + tile.height / 2 - part.y - part.height / 2);
  return tiles.sort((a, b) => distance(a) - distance(b));
}
