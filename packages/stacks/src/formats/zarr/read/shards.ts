import { InvalidImageError } from '@dilated-unet/core';
import type { ReadOptions } from '../../../bytes.ts';
import { DecodeError } from '../../../compression/errors.ts';
import { NATIVE_LITTLE_ENDIAN, swapBytes } from '../../../dtype.ts';
import { requireMemory } from '../../../source.ts';
import type { FolderPlace } from '../../format.ts';
import { decodeBytes } from '../compression/codecs.ts';
import { product, shapeText, type Sharding, type ZarrArray } from './array.ts';
import { damaged } from './json.ts';

/** Where a chunk lies in a file. */
export interface ChunkPlace {
  readonly file: string;
  /** In a shard; undefined where the file is the chunk. */
  readonly part?: { readonly start: number; readonly end: number } | undefined;
}

/** Finds chunks by their place in the grid. Undefined for one that is not stored. */
export type ChunkFinder = (place: readonly number[], options: ReadOptions) => Promise<ChunkPlace | undefined>;

/** A chunk is a file. */
export function chunksInFiles({ fileOf }: ZarrArray): ChunkFinder {
  return (place) => Promise.resolve({ file: fileOf(place) });
}

/** Bytes of tables that are kept. */
const KEPT_BYTES = 2 ** 26;
const ENTRY_BYTES = 16;
/** Both numbers of a chunk that is not stored. */
const NOT_STORED = 2n ** 64n - 1n;

/**
 * Chunks lie in shards (sharding_indexed of zarr 3), whose tables are read when they are needed.
 *
 * @throws InvalidImageError when a table takes more than `maxBytes`.
 */
export function chunksInShards(
  folder: FolderPlace,
  { chunkShape, fileOf }: ZarrArray,
  sharding: Sharding,
  maxBytes: number | undefined,
): ChunkFinder {
  const grid = sharding.shape.map((size, axis) => size / (chunkShape[axis] as number));
  const count = product(grid);
  const bytes = count * ENTRY_BYTES;
  requireMemory(`The table of a shard of ${shapeText(grid)} chunks`, bytes, maxBytes);
  const tables = new Map<string, BigUint64Array | undefined>();
  return async (place, options) => {
    const file = fileOf(place.map((one, axis) => Math.floor(one / (grid[axis] as number))));
    let table = tables.get(file);
    if (!tables.has(file)) {
      table = await readTable(folder, file, sharding, bytes, options);
      if ((tables.size + 1) * bytes > KEPT_BYTES) tables.clear();
      tables.set(file, table);
    }
    if (table === undefined) return undefined;
    const number = place.reduce((all, one, axis) => all * (grid[axis] as number) + (one % (grid[axis] as number)), 0);
    const [start, length] = [table[2 * number] as bigint, table[2 * number + 1] as bigint];
    if (start === NOT_STORED && length === NOT_STORED) return undefined;
    if (start + length <= BigInt(Number.MAX_SAFE_INTEGER)) {
      return { file, part: { start: Number(start), end: Number(start + length) } };
    }
    throw damaged(file, `its table says that chunk ${number} lies at byte ${start}, of ${length} bytes`);
  };
}

/** @param bytes of the table. */
async function readTable(
  folder: FolderPlace,
  file: string,
  { indexCodecs, indexLittleEndian, indexAtEnd }: Sharding,
  bytes: number,
  { signal }: ReadOptions,
): Promise<BigUint64Array | undefined> {
  const length = bytes + 4 * indexCodecs.length;
  const part = indexAtEnd ? { last: length } : { start: 0, end: length };
  const stored = await folder.read(file, { part, most: length, signal });
  if (stored === undefined) return undefined;
  try {
    const table = (await decodeBytes(stored, indexCodecs, bytes)).slice();
    if (indexLittleEndian !== NATIVE_LITTLE_ENDIAN) swapBytes(table, 8);
    return new BigUint64Array(table.buffer);
  } catch (cause) {
    if (!(cause instanceof DecodeError)) throw cause;
    throw new InvalidImageError(`${file}: the table of the shard is damaged: ${cause.message}. Copy it again.`, {
      cause,
    });
  }
}
