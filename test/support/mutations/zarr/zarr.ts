/** JSON that is changed in place. */
export type Metadata = Record<string, unknown>;

/** Chunks that lie in one file, and the table of their places. */
export interface Shard {
  /** Encoded, in the order of the grid; undefined for one that is not stored. */
  readonly chunks: readonly (Uint8Array | undefined)[];
  readonly tableAtEnd: boolean;
  readonly littleEndian: boolean;
  /** Whether the table has a checksum (CRC-32C). */
  readonly checked: boolean;
}

/** How the chunks of an array are stored. */
export interface ChunkForm {
  /** Bytes of a chunk before it is encoded. */
  readonly bytes: number;
  readonly isBlosc: boolean;
  encode(values: Uint8Array): Promise<Uint8Array>;
}

/** A zarr in parts, by their paths in its folder. */
export interface ZarrParts {
  readonly metadata: Map<string, Metadata>;
  readonly chunks: Map<string, Uint8Array>;
  readonly shards: Map<string, Shard>;
  /** Of the full resolution. */
  readonly form: ChunkForm;
}

/** What lies at a path: bytes, the target of a link, or null for a folder. */
export type Content = Uint8Array | string | null;

export function jsonBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

/** Where a chunk lies in its shard, and of how many bytes. */
export type Entry = readonly [start: bigint, length: bigint];

export const NOT_STORED: Entry = [2n ** 64n - 1n, 2n ** 64n - 1n];

/** The bytes of a shard in parts: the chunks in a row, and their places in it. */
export function shardParts({ chunks, tableAtEnd, checked }: Shard): { body: Uint8Array; table: readonly Entry[] } {
  let at = tableAtEnd ? 0 : 16 * chunks.length + (checked ? 4 : 0);
  const table = chunks.map((chunk): Entry => {
    if (chunk === undefined) return NOT_STORED;
    const entry = [BigInt(at), BigInt(chunk.length)] as const;
    at += chunk.length;
    return entry;
  });
  return { body: Buffer.concat(chunks.filter((chunk) => chunk !== undefined)), table };
}

/** The table as bytes, without a checksum. */
export function tableBytes(table: readonly Entry[], littleEndian: boolean): Uint8Array {
  const out = new Uint8Array(16 * table.length);
  const view = new DataView(out.buffer);
  table.flat().forEach((number, i) => view.setBigUint64(8 * i, BigInt.asUintN(64, number), littleEndian));
  return out;
}
