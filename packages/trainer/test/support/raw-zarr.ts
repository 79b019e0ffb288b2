import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { GreyStack } from '@dilated-unet/core';

/** An array of zarr 3 without codecs, axes z, y, x. */
export interface RawZarr {
  readonly shape: readonly [z: number, y: number, x: number];
  readonly chunk: readonly [z: number, y: number, x: number];
  readonly fill: number;
  readonly dtype: 'uint8' | 'uint32';
}

/** Writes the metadata of an array into `folder`: until chunks are written, it has the fill value everywhere. */
export async function writeRawZarr(folder: string, { shape, chunk, fill, dtype }: RawZarr): Promise<string> {
  await mkdir(folder, { recursive: true });
  const metadata = {
    zarr_format: 3,
    node_type: 'array',
    shape,
    data_type: dtype,
    chunk_grid: { name: 'regular', configuration: { chunk_shape: chunk } },
    chunk_key_encoding: { name: 'default', configuration: { separator: '/' } },
    fill_value: fill,
    codecs: [{ name: 'bytes', ...(dtype === 'uint32' && { configuration: { endian: 'little' } }) }],
    dimension_names: ['z', 'y', 'x'],
    attributes: {},
  };
  await writeFile(join(folder, 'zarr.json'), JSON.stringify(metadata));
  return folder;
}

/** Writes one chunk: `value` of each of its pixels, by their places in the array. */
export async function writeRawChunk(
  folder: string,
  { chunk: [depth, height, width], dtype }: RawZarr,
  place: readonly [z: number, y: number, x: number],
  value: (z: number, y: number, x: number) => number,
): Promise<void> {
  const data = new (dtype === 'uint8' ? Uint8Array : Uint32Array)(depth * height * width);
  for (let i = 0; i < data.length; i++) {
    const [z, y, x] = [Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width];
    data[i] = value(place[0] * depth + z, place[1] * height + y, place[2] * width + x);
  }
  const path = join(folder, 'c', ...place.map(String));
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, data);
}

/** `stack` as an array with chunks of several sections. */
export async function writeStackAsRawZarr(
  folder: string,
  { width, height, depth, data }: GreyStack,
  chunk: RawZarr['chunk'],
): Promise<string> {
  const dtype = data instanceof Uint8Array ? 'uint8' : 'uint32';
  const array: RawZarr = { shape: [depth, height, width], chunk, fill: 0, dtype };
  await writeRawZarr(folder, array);
  for (let z = 0; z * chunk[0] < depth; z++) {
    for (let y = 0; y * chunk[1] < height; y++) {
      for (let x = 0; x * chunk[2] < width; x++) {
        await writeRawChunk(folder, array, [z, y, x], (k, row, column) =>
          k < depth && row < height && column < width ? (data[(k * height + row) * width + column] as number) : 0,
        );
      }
    }
  }
  return folder;
}
