/**
 * Shows a result in Viv: pixel sources whose channels are probability, mask and instances.
 *
 * @example
 * import { MultiscaleImageLayer } from '@vivjs/layers';
 * import { pixelSources } from '@dilated-unet/runtime-web/viv';
 *
 * const loader = pixelSources(segmenter, source);
 * new MultiscaleImageLayer({ loader, selections: [{ c: 0 }], contrastLimits: [[0, 1]], channelsVisible: [true] });
 *
 * @module
 */
import {
  InvalidOptionError,
  type CellInstances,
  type CellInstancesOptions,
  type Segmentable,
  type Segmenter,
} from '@dilated-unet/core';
import { LazyResult, type LazyOptions } from './adapters/lazy-result.ts';
import { levelsOf, sampled, tileRegion, type Level, type Sampled } from './adapters/pyramid.ts';

/** Names of the channels, in their order: interior's probability 0 ... 1, mask (1 interior), numbers of cells from 1. */
export const CHANNELS = ['probability', 'mask', 'instances'] as const;

/** Side of the tiles that Viv asks for, pixels; what Viv's own loaders take. */
const TILE_SIZE = 512;

/** Which channel. */
export interface Selection {
  /** Index in `CHANNELS`. */
  readonly c: number;
}

/** Viv's `PixelSource` (`@vivjs/types` 0.21): float32, axes c, y, x. Instances hold numbers up to 2^24. */
export interface SegmentationSource {
  readonly shape: number[];
  readonly dtype: 'Float32';
  readonly labels: ['c', 'y', 'x'];
  readonly tileSize: number;
  getTile(tile: { x: number; y: number; selection: Selection; signal?: AbortSignal }): Promise<Sampled>;
  getRaster(raster: { selection: Selection; signal?: AbortSignal }): Promise<Sampled>;
  onTileError(error: Error): void;
}

export interface VivOptions extends LazyOptions {
  /** How cells are found for the channel of instances, and the threshold of the mask. */
  readonly instances?: CellInstancesOptions;
}

/**
 * One pixel source for each scale, the full one first, as Viv's loaders give them. A tile of the image is computed when Viv asks
 * for what it covers, the ones asked for last first. Instances are cells of the whole section: the first of their tiles waits for
 * all of it.
 *
 * @throws InvalidImageError when the source is none.
 */
export function pixelSources(
  segmenter: Pick<Segmenter, 'segment'>,
  source: Segmentable,
  { instances = {}, ...options }: VivOptions = {},
): SegmentationSource[] {
  const result = new LazyResult(segmenter, source, options);
  const whole = { x: 0, y: 0, width: result.width, height: result.height };
  let cells: Promise<CellInstances> | undefined;
  const findCells = async () => {
    cells ??= Promise.all([result.read(whole), import('./adapters/cells.ts')]).then(
      ([probabilities, { cellInstances }]) => cellInstances(probabilities, instances),
    );
    return cells.catch((error: unknown) => {
      cells = undefined;
      throw error;
    });
  };
  const read = async (level: Level, region: typeof whole, { selection: { c }, signal }: Request): Promise<Sampled> => {
    const channel = CHANNELS[c];
    if (channel === undefined) throw new InvalidOptionError('selection.c', 'must be a channel, 0, 1 or 2', c);
    if (channel === 'instances') return sampled(partOf(await findCells(), region), level.step);
    const probabilities = sampled(await result.read(region, signal), level.step);
    if (channel === 'probability') return probabilities;
    const { threshold = 0.5 } = instances;
    return { ...probabilities, data: probabilities.data.map((p) => (p > threshold ? 1 : 0)) };
  };
  return levelsOf(result, TILE_SIZE).map((level): SegmentationSource => ({
    shape: [CHANNELS.length, level.height, level.width],
    dtype: 'Float32',
    labels: ['c', 'y', 'x'],
    tileSize: TILE_SIZE,
    getTile: ({ x, y, ...request }) =>
      read(level, tileRegion(level, { column: x, row: y, tileSize: TILE_SIZE }, result), request),
    getRaster: (request) => read(level, whole, request),
    onTileError(error) {
      // Viv aborts the tiles that leave the view.
      if (error.name !== 'AbortError') throw error;
    },
  }));
}

interface Request {
  readonly selection: Selection;
  readonly signal?: AbortSignal;
}

function partOf(
  { width, labels }: CellInstances,
  region: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
): { readonly width: number; readonly height: number; readonly data: Uint32Array } {
  const data = new Uint32Array(region.width * region.height);
  for (let y = 0; y < region.height; y++) {
    const from = (region.y + y) * width + region.x;
    data.set(labels.subarray(from, from + region.width), y * region.width);
  }
  return { width: region.width, height: region.height, data };
}
