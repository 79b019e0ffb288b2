import { drawer, type Draw } from './mutations/draw.ts';
import { changeChunks } from './mutations/zarr/changed-chunks.ts';
import { changedText, changeMetadata } from './mutations/zarr/changed-metadata.ts';
import { changedShard, shardBytes } from './mutations/zarr/changed-shards.ts';
import { drawnZarr } from './mutations/zarr/images.ts';
import { changeFiles } from './mutations/zarr/links.ts';
import { jsonBytes, type Content, type ZarrParts } from './mutations/zarr/zarr.ts';

/** What of a zarr is changed. */
export const ZARR_KINDS = ['metadata', 'chunks', 'shards'] as const;
export type ZarrKind = (typeof ZARR_KINDS)[number];

/** A zarr of which a fact or a few are changed. */
export interface MutatedZarr {
  readonly name: string;
  /** By their paths in the folder of that name. */
  readonly files: ReadonlyMap<string, Content>;
}

/**
 * Zarr number `index` of a seed.
 *
 * @param outside the folder that it lies in, beside `secretFiles`.
 */
export async function mutatedZarr(seed: number, index: number, kind: ZarrKind, outside: string): Promise<MutatedZarr> {
  const draw = drawer(seed, index, `mutated zarr ${kind}`);
  const parts = await drawnZarr(draw, kind === 'shards' || (kind === 'metadata' && draw.chance(0.2)));
  if (kind === 'metadata') {
    for (let count = draw.of([0, 1, 1, 1, 1, 2]); count > 0; count--) changeMetadata(parts.metadata, outside, draw);
  }
  if (kind === 'chunks') await changeChunks(parts, draw);
  const files = await rendered(parts, kind, draw);
  if (draw.chance(kind === 'metadata' ? 0.25 : 0.05)) changeFiles(files, outside, draw);
  return { name: `${String(index).padStart(6, '0')}.zarr`, files };
}

async function rendered(parts: ZarrParts, kind: ZarrKind, draw: Draw): Promise<Map<string, Content>> {
  const { metadata, chunks, shards, form } = parts;
  const files = new Map<string, Content>(chunks);
  const changed = kind === 'metadata' && draw.chance(0.15) ? draw.of([...metadata.keys()]) : undefined;
  for (const [path, value] of metadata) files.set(path, path === changed ? changedText(value, draw) : jsonBytes(value));
  for (const [path, shard] of shards) {
    const isChanged = kind === 'shards' && (shards.size === 1 || draw.chance(0.7));
    files.set(path, isChanged ? await changedShard(shard, form, draw) : shardBytes(shard));
  }
  return files;
}
