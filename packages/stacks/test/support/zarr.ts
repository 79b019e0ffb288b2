import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Writes files into `folder` by their paths in it: bytes as they are, objects as JSON. */
export async function writeFiles(
  folder: string,
  files: Readonly<Record<string, Uint8Array | object>>,
): Promise<string> {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content instanceof Uint8Array ? content : JSON.stringify(content));
  }
  return folder;
}

/** Metadata of an array of zarr 3: 4 x 6 uint8, in chunks of 4 x 4, uncompressed; `changes` stand in place of fields. */
export function arrayV3(changes: object = {}): object {
  return {
    zarr_format: 3,
    node_type: 'array',
    shape: [4, 6],
    data_type: 'uint8',
    chunk_grid: { name: 'regular', configuration: { chunk_shape: [4, 4] } },
    chunk_key_encoding: { name: 'default', configuration: { separator: '/' } },
    fill_value: 0,
    codecs: [{ name: 'bytes' }],
    attributes: {},
    ...changes,
  };
}

/** Metadata of an array of zarr 2, the same. */
export function arrayV2(changes: object = {}): object {
  return {
    zarr_format: 2,
    shape: [4, 6],
    chunks: [4, 4],
    dtype: '|u1',
    compressor: null,
    fill_value: 0,
    order: 'C',
    filters: null,
    ...changes,
  };
}

/** A group of zarr 3 with an image of OME-Zarr 0.5 whose scales have these datasets. */
export function imageV5(changes: object = {}): object {
  const axes = ['y', 'x'].map((name) => ({ name, type: 'space', unit: 'nanometer' }));
  const datasets = [{ path: '0', coordinateTransformations: [{ type: 'scale', scale: [4, 4] }] }];
  return groupV3({ version: '0.5', multiscales: [{ name: 'image', axes, datasets, ...changes }] });
}

/** A group of zarr 3 of which OME-Zarr 0.5 says `ome`. */
export function groupV3(ome: object): object {
  return { zarr_format: 3, node_type: 'group', attributes: { ome } };
}

/** Sixteen times `value`, a chunk. */
export function chunk(value: number): Uint8Array {
  return new Uint8Array(16).fill(value);
}
