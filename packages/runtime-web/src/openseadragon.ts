/**
 * Shows membranes in OpenSeadragon 6: a tile source to lay over that of the image.
 *
 * @example
 * import OpenSeadragon from 'openseadragon';
 * import { membraneTiles } from '@dilated-unet/runtime-web/openseadragon';
 *
 * viewer.addTiledImage({ tileSource: membraneTiles(OpenSeadragon, segmenter, source) });
 *
 * @module
 */
import type { Segmentable, Segmenter } from '@dilated-unet/core';
import { LazyResult, type LazyOptions } from './adapters/lazy-result.ts';
import { levelsOf, sampled, tileRegion, type Level } from './adapters/pyramid.ts';
import { membraneImage, type MembraneLook } from './canvas.ts';

/** Side of the tiles that OpenSeadragon asks for, pixels. */
const TILE_SIZE = 256;

/** What is needed of the library. */
export interface OpenSeadragonLibrary<S extends object> {
  readonly TileSource: new (options: {
    readonly width: number;
    readonly height: number;
    readonly tileSize: number;
    readonly tileOverlap: number;
    readonly minLevel: number;
    readonly maxLevel: number;
  }) => S;
}

/** What OpenSeadragon hands to a tile source to fetch a tile with (`ImageJob`). */
interface TileJob {
  readonly tile: { readonly level: number; readonly x: number; readonly y: number };
  /** Kept for the abort. */
  readonly userData: { controller?: AbortController };
  finish(data: unknown, request: null, type: string): void;
  fail(message: string, request: null): void;
}

export interface MembraneTilesOptions extends LazyOptions, MembraneLook {}

/**
 * A tile source of the membranes, transparent elsewhere. A tile of the image is computed when OpenSeadragon asks for what it
 * covers, the ones asked for last first, so the part in view overtakes the rest while the user pans and zooms.
 *
 * @param library `OpenSeadragon` itself; the package does not import it.
 * @throws InvalidImageError when the source is none.
 */
export function membraneTiles<S extends object>(
  library: OpenSeadragonLibrary<S>,
  segmenter: Pick<Segmenter, 'segment'>,
  source: Segmentable,
  { threshold, colour, ...options }: MembraneTilesOptions = {},
): S {
  const result = new LazyResult(segmenter, source, options);
  const look = { ...(threshold !== undefined && { threshold }), ...(colour !== undefined && { colour }) };
  // OpenSeadragon counts from the smallest.
  const levels = levelsOf(result, TILE_SIZE).toReversed();
  const tiles = new library.TileSource({
    width: result.width,
    height: result.height,
    tileSize: TILE_SIZE,
    tileOverlap: 0,
    minLevel: 0,
    maxLevel: levels.length - 1,
  });
  return Object.assign(tiles, {
    // A name by which tiles are kept; nothing is fetched.
    getTileUrl: (level: number, x: number, y: number) => `dilated-unet:${sourceId(tiles)}/${level}/${x}_${y}`,
    hasTransparency: () => true,
    async downloadTileStart(job: TileJob): Promise<void> {
      const controller = new AbortController();
      job.userData.controller = controller;
      const { level, x, y } = job.tile;
      const { step } = levels[level] as Level;
      const region = tileRegion(levels[level] as Level, { column: x, row: y, tileSize: TILE_SIZE }, result);
      try {
        const part = membraneImage(sampled(await result.read(region, controller.signal), step), look);
        job.finish(contextOf(part), null, 'context2d');
      } catch (error) {
        job.fail((error as Error).message, null);
      }
    },
    downloadTileAbort: (job: TileJob) => job.userData.controller?.abort(),
  });
}

const ids = new WeakMap<object, number>();
let nextId = 0;

/** Tells the tiles of several sources apart. */
function sourceId(source: object): number {
  const id = ids.get(source) ?? nextId++;
  ids.set(source, id);
  return id;
}

function contextOf(image: ImageData): CanvasRenderingContext2D {
  const canvas = document.createElement('canvas');
  canvas.width = image.width;
  canvas.height = image.height;
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  context.putImageData(image, 0, 0);
  return context;
}
