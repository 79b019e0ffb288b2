import { InvalidImageError, InvalidOptionError, type GreyImage, type Rectangle } from '@dilated-unet/core';
import type { Dtype, OpenOptions, PixelSize, StackSource } from '@dilated-unet/stacks';
import { Overview } from './overview.ts';
import { reduced } from './reduced.ts';
import { openStackPlace, type StackPlace } from './stack-place.ts';

/** Side of a tile, pixels of its level. */
export const TILE = 512;

/** One of the sizes in which a section can be read. */
export interface Level {
  /** Pixels of the full resolution for one of this level, along a side. */
  readonly factor: number;
  readonly width: number;
  readonly height: number;
}

/** What is known of a stack before any of its pixels is read. */
export interface StackFacts {
  /** Sections, rows and columns. */
  readonly shape: readonly [z: number, y: number, x: number];
  readonly dtype: Dtype;
  /** Nanometres, where the file says it. */
  readonly pixelSize: PixelSize | null;
  /** The full resolution first, each level half as wide as the one before or as the file has it. */
  readonly levels: readonly Level[];
}

/** Sides up to which a section is read at once and kept; pixels. */
const OVERVIEW_SIDE = 4096;
/** Sections whose overviews are kept. */
const OVERVIEWS = 3;
/** More scales than any file has. */
const MOST_SCALES = 16;

/**
 * A stack in several sizes, tile by tile. Where the file has scales (OME-Zarr), they are read; below the smallest one, and of
 * all other files, pixels are averaged: from an overview that is read once a section, so that a large section in strips is not
 * decoded for each tile again.
 */
export class Pyramid implements StackFacts {
  readonly shape: StackSource['shape'];
  readonly dtype: Dtype;
  readonly pixelSize: PixelSize | null;
  readonly levels: readonly (Level & { readonly from: Scale; readonly reduction: number })[];
  readonly #scales: readonly Scale[];
  readonly #overviews = new Map<number, Overview>();

  constructor(scales: readonly Scale[]) {
    const full = (scales[0] as Scale).source;
    this.#scales = scales;
    this.shape = full.shape;
    this.dtype = full.dtype;
    this.pixelSize = full.pixelSize ?? null;
    this.levels = levelsOf(scales);
  }

  /** The full resolution. */
  get source(): StackSource {
    return (this.#scales[0] as Scale).source;
  }

  /**
   * Tile `column`, `row` of a level of section `z`: at most TILE pixels a side; axes y, x.
   *
   * @throws as `StackSource.read`.
   */
  async tile(z: number, level: number, column: number, row: number, signal: AbortSignal): Promise<GreyImage> {
    const { width, height } = this.levels[level] as Level;
    const region = clipped({ x: column * TILE, y: row * TILE, width: TILE, height: TILE }, width, height);
    return this.#read(z, level, region, signal);
  }

  /** The grey value of a pixel of section `z`. @throws as `StackSource.read`. */
  async value(z: number, x: number, y: number, signal: AbortSignal): Promise<number> {
    return (await this.#read(z, 0, { x, y, width: 1, height: 1 }, signal)).data[0] as number;
  }

  async #read(z: number, level: number, region: Rectangle, signal: AbortSignal): Promise<GreyImage> {
    const { from, reduction } = this.levels[level] as (typeof this.levels)[number];
    const last = this.#scales.at(-1) as Scale;
    const overview = from === last ? this.#overview(z) : undefined;
    if (overview !== undefined && reduction >= overview.reduction) return overview.read(region, reduction, signal);
    const [, rows, columns] = from.source.shape;
    return reduced(await from.source.read(z, clipped(scaled(region, reduction), columns, rows), { signal }), reduction);
  }

  /** A section whole, averaged to at most `side` pixels a side. */
  async small(z: number, side: number, signal: AbortSignal): Promise<GreyImage> {
    const overview = this.#overview(z);
    const [, rows, columns] = (this.#scales.at(-1) as Scale).source.shape;
    const reduction = Math.max(overview.reduction, 2 ** Math.ceil(Math.log2(Math.max(rows, columns) / side)));
    const whole = { x: 0, y: 0, width: Math.ceil(columns / reduction), height: Math.ceil(rows / reduction) };
    return overview.read(whole, reduction, signal);
  }

  async close(): Promise<void> {
    for (const overview of this.#overviews.values()) overview.stop();
    for (const { source } of this.#scales) await source.close?.();
  }

  #overview(z: number): Overview {
    const known = this.#overviews.get(z);
    // The last one asked for is the last to be dropped.
    this.#overviews.delete(z);
    const overview =
      known?.failed === false ? known : new Overview((this.#scales.at(-1) as Scale).source, z, OVERVIEW_SIDE);
    this.#overviews.set(z, overview);
    for (const [oldest, old] of this.#overviews) {
      if (this.#overviews.size <= OVERVIEWS) break;
      old.stop();
      this.#overviews.delete(oldest);
    }
    return overview;
  }
}

/** A scale that the file has. */
interface Scale {
  readonly source: StackSource;
  readonly factor: number;
}

/** Opens the stack at `place` with all scales that the file has. @throws as `openStackPlace`. */
export async function openPyramid(place: StackPlace, options: OpenOptions): Promise<Pyramid> {
  const full = await openStackPlace(place, options);
  const scales: Scale[] = [{ source: full, factor: 1 }];
  if (place.kind === 'file') return new Pyramid(scales);
  for (let level = 1; level < MOST_SCALES; level++) {
    const source = await scaleOf(place, { ...options, level, onNote: undefined });
    if (source === undefined) break;
    const factor = full.shape[2] / source.shape[2];
    // One that has fewer sections too shows other sections.
    if (source.shape[0] !== full.shape[0] || !(factor > (scales.at(-1) as Scale).factor)) break;
    scales.push({ source, factor });
  }
  return new Pyramid(scales);
}

/** Undefined where there is no such level, or it cannot be read: then the ones before are averaged. */
async function scaleOf(place: StackPlace, options: OpenOptions): Promise<StackSource | undefined> {
  try {
    return await openStackPlace(place, options);
  } catch (error) {
    if (error instanceof InvalidOptionError || error instanceof InvalidImageError) return undefined;
    throw error;
  }
}

function levelsOf(scales: readonly Scale[]): Pyramid['levels'] {
  const levels = scales.map((from) => ({
    factor: from.factor,
    width: from.source.shape[2],
    height: from.source.shape[1],
    from,
    reduction: 1,
  }));
  for (let last = levels.at(-1); last !== undefined && Math.max(last.width, last.height) > TILE; last = levels.at(-1)) {
    const { from } = last;
    const reduction = last.reduction * 2;
    const [, rows, columns] = from.source.shape;
    const size = { width: Math.ceil(columns / reduction), height: Math.ceil(rows / reduction) };
    levels.push({ ...size, factor: from.factor * reduction, from, reduction });
  }
  return levels;
}

function scaled({ x, y, width, height }: Rectangle, by: number): Rectangle {
  return { x: x * by, y: y * by, width: width * by, height: height * by };
}

function clipped({ x, y, width, height }: Rectangle, columns: number, rows: number): Rectangle {
  return { x, y, width: Math.min(width, columns - x), height: Math.min(height, rows - y) };
}
