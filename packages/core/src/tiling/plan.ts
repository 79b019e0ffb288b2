import { InvalidOptionError } from '../errors.ts';
import type { Rectangle } from '../image/rectangle.ts';
import { roundUp } from './pad.ts';

/** One run of the network. */
export interface Tile {
  /** What the network sees, halo included, in pixels of the padded image; its corner lies on the stride grid. */
  readonly input: Rectangle;
  /** What is kept of the result, in pixels of the image. */
  readonly output: Rectangle;
}

/** How an image is cut so that the parts give what the whole would. */
export interface TilePlan {
  /** Size of the image, pixels. */
  readonly width: number;
  readonly height: number;
  /** Size of the image extended to multiples of the stride (see pad.ts), pixels. */
  readonly paddedWidth: number;
  readonly paddedHeight: number;
  /** Distance from the kept pixels to a border inside of the image, at least; pixels, a multiple of the stride. */
  readonly halo: number;
  /** Row by row; all inputs have one size, and each pixel of the image is in exactly one output. */
  readonly tiles: readonly Tile[];
}

export interface TilePlanOptions {
  /** Size of the image, pixels. */
  readonly width: number;
  readonly height: number;
  /** Largest side of a tile, halo included, pixels; rounded down to the stride. */
  readonly tile: number;
  /** Largest height, where it is less. @default that of `tile` */
  readonly tall?: number;
  /** Product of the network's poolings, pixels. */
  readonly stride: number;
  /** How far an output pixel of the network sees, pixels. */
  readonly receptiveFieldRadius: number;
}

/** A tile has no pixels left within its halo. */
export class SmallTileError extends InvalidOptionError {
  /** The least side of a tile that has some, pixels. */
  readonly least: number;

  constructor(least: number, why: string, received: number) {
    super('tile', `must be at least ${least} pixels here (${why})`, received);
    this.least = least;
  }
}

/**
 * Plans the tiles of an image. A tile gives the numbers of the whole image, because its kept pixels see no border that
 * the image does not have: the halo is at least the receptive field, corners lie on the stride grid, so that poolings
 * fall on the same pixels, and at the image's own border the tile ends too, so that zero padding acts as in the whole.
 *
 * An axis that fits in `tile` is not cut. Where one is cut, all its tiles have the least equal size that covers it in
 * as few tiles as `tile` allows; the last tile is moved back to end with the image.
 *
 * @throws InvalidOptionError when an option is outside its range, or the tile has no pixels left within its halo.
 */
export function planTiles(options: TilePlanOptions): TilePlan {
  const { width, height, stride, receptiveFieldRadius, tall = options.tile } = options;
  for (const option of ['width', 'height', 'stride', 'tile'] as const) requireInteger(option, options[option], 1);
  requireInteger('tall', tall, 1);
  requireInteger('receptiveFieldRadius', receptiveFieldRadius, 0);

  const halo = roundUp(receptiveFieldRadius, stride);
  const paddedWidth = roundUp(width, stride);
  const paddedHeight = roundUp(height, stride);
  const down = (length: number): number => length - (length % stride);
  const least = leastTile(options);
  const rows = cutAxis(height, { padded: paddedHeight, tile: down(Math.max(least, tall)), halo, stride });
  const columns = cutAxis(width, { padded: paddedWidth, tile: down(options.tile), halo, stride });
  const tiles = rows.flatMap((row) =>
    columns.map((column) => ({
      input: { x: column.from, y: row.from, width: column.size, height: row.size },
      output: { x: column.first, y: row.first, width: column.end - column.first, height: row.end - row.first },
    })),
  );
  return { width, height, paddedWidth, paddedHeight, halo, tiles };
}

/** The least side of a tile, halo included: with a stride between the halos, or the whole image. @throws SmallTileError when `tile` is less. */
export function leastTile(options: Omit<TilePlanOptions, 'tall'>): number {
  const { width, height, tile, stride, receptiveFieldRadius } = options;
  const halo = roundUp(receptiveFieldRadius, stride);
  const least = Math.min(roundUp(Math.max(width, height), stride), 2 * halo + stride);
  if (tile >= least) return least;
  const why = `the halo of ${halo} on both sides and ${stride} between, or the whole image`;
  throw new SmallTileError(least, why, tile);
}

/**
 * What cutting costs: the arithmetic of all tiles over that of the padded image in one piece; 1 for a single tile.
 */
export function expansion(plan: TilePlan): number {
  const pixels = plan.tiles.reduce((sum, { input }) => sum + input.width * input.height, 0);
  return pixels / (plan.paddedWidth * plan.paddedHeight);
}

/** One axis of a tile: input from `from`, `size` long; kept from `first` up to `end`. */
interface Cut {
  readonly from: number;
  readonly size: number;
  readonly first: number;
  readonly end: number;
}

function cutAxis(
  length: number,
  axis: { readonly padded: number; readonly tile: number; readonly halo: number; readonly stride: number },
): readonly Cut[] {
  const { padded, tile, halo, stride } = axis;
  if (padded <= tile) return [{ from: 0, size: padded, first: 0, end: length }];
  // Every tile keeps its core; the first and the last keep a halo more, since they end where the image ends.
  const toCover = padded - 2 * halo;
  const fewest = Math.ceil(toCover / (tile - 2 * halo));
  const core = roundUp(toCover / fewest, stride);
  const count = Math.ceil(toCover / core);
  const size = core + 2 * halo;
  return Array.from({ length: count }, (_, i) => {
    const last = i === count - 1;
    return {
      from: last ? padded - size : i * core,
      size,
      first: i === 0 ? 0 : i * core + halo,
      end: last ? length : (i + 1) * core + halo,
    };
  });
}

function requireInteger(option: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least) {
    throw new InvalidOptionError(option, `must be an integer of at least ${least}`, value);
  }
}
