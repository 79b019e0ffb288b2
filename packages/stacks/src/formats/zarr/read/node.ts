import type { InvalidImageError } from '@dilated-unet/core';
import type { ReadOptions } from '../../../bytes.ts';
import { ForbiddenFileError, type FolderPlace } from '../../format.ts';
import type { ZarrArray } from './array.ts';
import { arrayV2 } from './array-v2.ts';
import { arrayV3 } from './array-v3.ts';
import { damaged, isObject, joined, readJson, shown, type JsonObject } from './json.ts';

/** A group of arrays and groups. */
export interface ZarrGroup {
  readonly path: string;
  readonly attributes: JsonObject;
}

/** A group or an array of the hierarchy. */
export type ZarrNode =
  { readonly kind: 'group'; readonly group: ZarrGroup } | { readonly kind: 'array'; readonly array: ZarrArray };

/**
 * What lies at `path`, of zarr 3 or 2; undefined where nothing does.
 *
 * @throws InvalidImageError where it is not read. A file that a server forbids is taken to be missing where another one says what lies
 *   there: a node has some of them only.
 */
export async function readNode(folder: FolderPlace, path: string, options: ReadOptions): Promise<ZarrNode | undefined> {
  let forbidden: ForbiddenFileError | undefined;
  const read = async (name: string): Promise<JsonObject | undefined> => {
    try {
      return await readJson(folder, joined(path, name), options);
    } catch (error) {
      if (!(error instanceof ForbiddenFileError)) throw error;
      forbidden ??= error;
      return undefined;
    }
  };
  const metadata = await read('zarr.json');
  const node = metadata === undefined ? await readNodeV2(path, read) : nodeV3(path, metadata);
  if (node === undefined && forbidden !== undefined) throw forbidden;
  return node;
}

function nodeV3(path: string, metadata: JsonObject): ZarrNode {
  const file = joined(path, 'zarr.json');
  const { zarr_format: format, node_type: type, attributes } = metadata;
  if (format !== 3) throw damaged(file, `zarr_format is ${shown(format)}, not 3`);
  if (type === 'array') return { kind: 'array', array: arrayV3(path, metadata) };
  if (type !== 'group') throw damaged(file, `node_type is ${shown(type)}, not "array" or "group"`);
  return { kind: 'group', group: { path, attributes: isObject(attributes) ? attributes : {} } };
}

async function readNodeV2(
  path: string,
  read: (name: string) => Promise<JsonObject | undefined>,
): Promise<ZarrNode | undefined> {
  const [array, group, attributes] = await Promise.all(['.zarray', '.zgroup', '.zattrs'].map(read));
  if (array !== undefined) return { kind: 'array', array: arrayV2(path, array, attributes ?? {}) };
  return (group ?? attributes) && { kind: 'group', group: { path, attributes: attributes ?? {} } };
}

/** The group at `path`. @throws InvalidImageError where there is none. */
export async function readGroup(folder: FolderPlace, path: string, options: ReadOptions): Promise<ZarrGroup> {
  const node = await readNode(folder, path, options);
  if (node?.kind === 'group') return node.group;
  throw missing(path, 'group', node);
}

/** The array at `path`. @throws InvalidImageError where there is none. */
export async function readArray(folder: FolderPlace, path: string, options: ReadOptions): Promise<ZarrArray> {
  const node = await readNode(folder, path, options);
  if (node?.kind === 'array') return node.array;
  throw missing(path, 'array', node);
}

function missing(path: string, wanted: string, node: ZarrNode | undefined): InvalidImageError {
  const found = node === undefined ? `there is no ${wanted}` : `it is no ${wanted}`;
  return damaged(path, `${found}, which the metadata name`);
}
