import { bandPixels, InvalidImageError, type GreyData, type GreyImage, type Rectangle } from '@dilated-unet/core';
import { BYTES_PER_VALUE, dtypeOf } from '../../../dtype.ts';
import type { OpenOptions } from '../../../options.ts';
import { allocate, requireMemory, type ReadRegionOptions, type StackSource } from '../../../source.ts';
import { chunkBytes, type ZarrArray } from './array.ts';
import type { ChunkReader } from './chunks.ts';
import type { AxisPlaces } from './multiscale.ts';

/** Bytes of chunks that are decoded at once, and how many: servers answer several requests sooner than one by one. */
const [AT_ONCE_BYTES, AT_ONCE] = [2 ** 25, 8];
/** Chunks of few pixels of a section, and how many of them are read at once: millions of files would take hours. */
const [FEW_PIXELS, MOST_SMALL] = [64, 2 ** 12];
/** Bytes of chunks that are kept, where the next section, or the next region, needs them again. */
const KEPT_BYTES = 2 ** 29;
/** Of chunks of one section, how many rows of them: as many sections are read at once, each from its top to its bottom. */
const KEPT_ROWS = 3;

/** Reads regions of planes of an array; what that takes is as `StackSource` has it. */
export interface RegionReader extends Required<Pick<StackSource, 'readBytes' | 'keptBytes' | 'keep'>> {
  readonly read: (at: readonly number[], region: Rectangle, options: ReadRegionOptions) => Promise<GreyImage>;
}

/** Reads regions of planes of `array`. */
export function regionReader(
  array: ZarrArray,
  chunks: ChunkReader,
  axes: AxisPlaces,
  { maxBytes, onNote }: Pick<OpenOptions, 'maxBytes' | 'onNote'>,
): RegionReader {
  const { shape, chunkShape, fill } = array;
  const { dtype, strides } = chunks;
  const [chunkRows, chunkColumns] = [chunkShape[axes.y], chunkShape[axes.x]] as [number, number];
  const [rowStep, columnStep] = [strides[axes.y], strides[axes.x]] as [number, number];
  const atOnce = Math.max(1, Math.min(AT_ONCE, Math.floor(AT_ONCE_BYTES / chunkBytes(array))));
  const depth = axes.z === undefined ? 1 : (chunkShape[axes.z] as number);
  const layers = Math.ceil((axes.z === undefined ? 1 : (shape[axes.z] as number)) / depth);
  const inRow = Math.ceil((shape[axes.x] as number) / chunkColumns);
  const inLayer = Math.ceil((shape[axes.y] as number) / chunkRows) * inRow;
  // Where a section is several bands, two of them need the same chunks, though each has one section.
  const isInBands = (shape[axes.y] as number) * (shape[axes.x] as number) > bandPixels({});
  const wanted = depth > 1 ? layers * inLayer : isInBands ? Math.min(layers * inLayer, KEPT_ROWS * inRow) : 0;
  const keptBytes = Math.min(KEPT_BYTES, (maxBytes ?? Infinity) / 4, wanted * (ENTRY_BYTES + chunks.chunkBytes));
  const kept = keeper(depth === 1, keptBytes);
  let isFillNoted = false;

  /** Copies what the chunk has of the region. */
  const copy = (
    chunk: GreyData | undefined,
    [row, column]: readonly [number, number],
    first: number,
    { x, y, width, height }: Rectangle,
    out: GreyData,
  ): void => {
    const [top, left] = [Math.max(y, row * chunkRows), Math.max(x, column * chunkColumns)];
    const bottom = Math.min(y + height, (row + 1) * chunkRows);
    const right = Math.min(x + width, (column + 1) * chunkColumns);
    for (let r = top; r < bottom; r++) {
      const to = (r - y) * width + left - x;
      if (chunk === undefined) {
        out.fill(fill, to, to + right - left);
        continue;
      }
      const from = first + (r - row * chunkRows) * rowStep + (left - column * chunkColumns) * columnStep;
      if (columnStep === 1) out.set(chunk.subarray(from, from + right - left), to);
      else for (let i = 0; i < right - left; i++) out[to + i] = chunk[from + i * columnStep] as number;
    }
  };

  const read: RegionReader['read'] = async (at, region, { signal, into }) => {
    const { x, y, width, height } = region;
    const what = `A region of ${width} x ${height} ${dtype} values`;
    requireMemory(what, width * height * BYTES_PER_VALUE[dtype], maxBytes);
    const fits = into?.length === width * height && dtypeOf(into) === dtype;
    const out = fits ? into : allocate(dtype, width * height, what);
    // Of the plane within a chunk.
    const first = at.reduce(
      (sum, one, axis) => sum + (one % (chunkShape[axis] as number)) * (strides[axis] as number),
      0,
    );
    const place = at.map((one, axis) => Math.floor(one / (chunkShape[axis] as number)));
    const placeIn = (row: number, column: number): number[] =>
      place.map((one, axis) => (axis === axes.y ? row : axis === axes.x ? column : one));

    const rows = [Math.floor(y / chunkRows), Math.ceil((y + height) / chunkRows)] as const;
    const columns = [Math.floor(x / chunkColumns), Math.ceil((x + width) / chunkColumns)] as const;
    const count = (rows[1] - rows[0]) * (columns[1] - columns[0]);
    if (chunkRows * chunkColumns < FEW_PIXELS && count > MOST_SMALL) {
      throw new InvalidImageError(
        `the region of ${width} x ${height} pixels lies in ${count} chunks of ${chunkColumns} x ${chunkRows}, and at most ` +
          `${MOST_SMALL} so small ones are read at once. Write the array again with larger chunks.`,
      );
    }
    const places = cells(rows, columns);
    const work = async (): Promise<void> => {
      for (const [row, column] of places) {
        signal?.throwIfAborted();
        const own = placeIn(row, column);
        const chunk = await kept.chunk(own, axes, () => chunks.read(own, { signal }));
        if (chunk === undefined && !isFillNoted) {
          requireExact(array);
          isFillNoted = true;
          onNote?.(
            `Chunks that are not stored are read as the fill value, ${fill}; such a one is that at ${own.join(', ')} of the grid.`,
          );
        }
        copy(chunk, [row, column], first, region, out);
      }
    };
    // All take from one list; none reads on where another has failed.
    await Promise.all(Array.from({ length: atOnce }, work)).catch((error: unknown) => {
      places.return();
      throw error;
    });
    signal?.throwIfAborted();
    return { width, height, data: out };
  };
  return { read, readBytes: Math.min(atOnce, inLayer) * chunks.readBytes, keptBytes, keep: kept.keep };
}

/** Largest integer up to which float32 holds all. */
const LARGEST = 2 ** 24;

/** @throws InvalidImageError for a fill value that float32 would round. */
function requireExact({ path, fill, element }: ZarrArray): void {
  if (element.stored.kind === 'float' || Math.abs(fill) <= LARGEST) return;
  throw new InvalidImageError(
    `${path === '' ? 'the array' : path}: a chunk is not stored, and the fill value ${fill} is too large: integers are read up to ` +
      `${LARGEST}. Write the array again with another fill value.`,
  );
}

/** The places of a grid, row by row; the ends are not included. */
function* cells(
  [top, bottom]: readonly [top: number, bottom: number],
  [left, right]: readonly [left: number, right: number],
): Generator<readonly [row: number, column: number], void, undefined> {
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) yield [row, column];
  }
}

/** Bytes for knowing a chunk, which one that is not stored takes too. */
const ENTRY_BYTES = 256;

const sizeOf = (chunk: GreyData | undefined): number => ENTRY_BYTES + (chunk?.byteLength ?? 0);

interface Keeper {
  /** The chunk at `place`, which `read` gives where it is not kept. */
  readonly chunk: (
    place: readonly number[],
    axes: AxisPlaces,
    read: () => Promise<GreyData | undefined>,
  ) => Promise<GreyData | undefined>;
  /** Keeps at most `bytes` from now on. */
  readonly keep: (bytes: number) => void;
}

/**
 * Keeps chunks, `most` bytes of them at most. Those of the layer that is read take the room of others, of which the one that was not
 * used for the longest goes first, and stay while it is read.
 *
 * @param isRow whether a row of chunks is a layer, and not all that a section lies in.
 */
function keeper(isRow: boolean, most: number): Keeper {
  let bytes = 0;
  const kept = new Map<string, { readonly layer: string; readonly chunk: GreyData | undefined }>();
  /** Whether there is room for `size` bytes once chunks of other layers have made it. */
  const makeRoom = (layer: string | undefined, size: number): boolean => {
    for (const [key, one] of kept) {
      if (bytes + size <= most) break;
      if (one.layer === layer) continue;
      kept.delete(key);
      bytes -= sizeOf(one.chunk);
    }
    return bytes + size <= most;
  };
  const keep: Keeper['keep'] = (limit) => {
    most = limit;
    makeRoom(undefined, 0);
  };
  const chunkAt: Keeper['chunk'] = async (place, axes, read) => {
    if (most === 0) return read();
    const layer = place.filter((_, axis) => axis !== axes.x && (isRow || axis !== axes.y)).join();
    const key = place.join();
    const known = kept.get(key);
    if (known !== undefined) {
      // To the end: what was used last.
      kept.delete(key);
      kept.set(key, known);
      return known.chunk;
    }
    const chunk = await read();
    const size = sizeOf(chunk);
    if (!kept.has(key) && makeRoom(layer, size)) {
      kept.set(key, { layer, chunk });
      bytes += size;
    }
    return chunk;
  };
  return { chunk: chunkAt, keep };
}
