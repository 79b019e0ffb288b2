import { InvalidImageError, InvalidOptionError } from '@dilated-unet/core';
import { withIds } from '../../../ids.ts';
import type { OpenOptions } from '../../../options.ts';
import { selectPlanes, type DescribedPlanes } from '../../../select.ts';
import { AXES, requireRegion, type StackSource } from '../../../source.ts';
import { withName } from '../../../with-name.ts';
import type { FolderPlace } from '../../format.ts';
import { shapeText, type ZarrArray } from './array.ts';
import { chunkReader } from './chunks.ts';
import { selectZarrImage } from './images.ts';
import { axesOf, levelOf, placesOf, type Level } from './multiscale.ts';
import { readArray, readNode } from './node.ts';
import { regionReader } from './region.ts';

/**
 * Opens an OME-Zarr of version 0.4 or 0.5, or an array of zarr 2 or 3 without OME metadata. The metadata are read and checked
 * now; a region reads the chunks that it touches.
 *
 * @throws InvalidImageError, beginning with the name of the folder, for what is damaged or not read, and where several images,
 *   channels or times have no choice; what reading throws, and what `onNote` is told, begins so too.
 * @throws InvalidOptionError when there is no such image, channel, time or level.
 */
export async function openZarr(folder: FolderPlace, options: OpenOptions): Promise<StackSource> {
  const onNote = (note: string): void => options.onNote?.(`${folder.name}: ${note}`);
  const source = await withName(folder.name, () => open(folder, { ...withIds(options), onNote }));
  return { ...source, read: (...request) => withName(folder.name, () => source.read(...request)) };
}

async function open(folder: FolderPlace, options: OpenOptions): Promise<StackSource> {
  const { array, level } = await find(folder, options);
  const { shape } = array;
  const named = array.path === '' ? 'the array' : array.path;
  const places = placesOf(named, level.axes, shape);
  const sizeOf = (axis: number | undefined): number => (axis === undefined ? 1 : (shape[axis] as number));
  const [channels, times, sections] = [places.channel, places.time, places.z].map(sizeOf) as [number, number, number];
  const described: DescribedPlanes = {
    source: `the metadata of ${named}`,
    sizes: [
      ['channel', channels],
      ['time', times],
      ['z', sections],
    ],
    channelNames: level.channelNames,
    mayExchange: false,
  };
  const count = channels * times * sections;
  const { planeOf } = selectPlanes(described, count, { count: 1 }, { ...options, level: undefined });
  const chunks = chunkReader(folder, array, options);
  const { read, ...taken } = regionReader(array, chunks, places, options);
  const chunk = [places.z, places.y, places.x].map((axis) => (axis === undefined ? 1 : array.chunkShape[axis]));
  const stack = [sections, shape[places.y], shape[places.x]] as [number, number, number];
  return {
    shape: stack,
    axes: AXES,
    dtype: chunks.dtype,
    ...(level.pixelSize && { pixelSize: level.pixelSize }),
    ...(level.origin && { origin: level.origin }),
    ...((chunk[0] as number) > 1 && { chunk: chunk as [number, number, number] }),
    ...taken,
    read: async (z, region, readOptions = {}) => {
      requireRegion(stack, z, region);
      const plane = planeOf(z);
      const at = shape.map((_, axis) => {
        if (axis === places.z) return z;
        if (axis === places.channel) return plane % channels;
        return axis === places.time ? Math.floor(plane / channels) % times : 0;
      });
      return read(at, region, readOptions);
    },
  };
}

/** The array that is meant, and what its axes are. */
async function find(
  folder: FolderPlace,
  options: OpenOptions,
): Promise<{ readonly array: ZarrArray; readonly level: Level }> {
  const node = await readNode(folder, '', options);
  if (node === undefined) throw new InvalidImageError('it has no metadata of zarr. Copy the whole folder again.');
  if (node.kind === 'array') return { array: node.array, level: levelOfPlain(node.array, options) };
  const image = await selectZarrImage(folder, node.group, options);
  const level = levelOf(image, options.level);
  return { array: await readArray(folder, level.path, options), level };
}

/** The axes of an array that says them by names of its dimensions, or has two or three. */
function levelOfPlain({ path, names, shape }: ZarrArray, { image, level }: OpenOptions): Level {
  const why = 'since the folder is one array';
  if (image !== undefined && image !== 1) throw new InvalidOptionError('image', `must be 1, ${why}`, image);
  if (level !== undefined && level !== 0) throw new InvalidOptionError('level', `must be 0, ${why}`, level);
  const axes = names && axesOf(names);
  if (axes?.some(({ name }) => name !== undefined)) return { path, axes };
  const usual = { 2: ['y', 'x'], 3: ['z', 'y', 'x'] }[shape.length];
  if (usual !== undefined) return { path, axes: axesOf(usual) };
  throw new InvalidImageError(
    `the array of ${shapeText(shape)} values does not say what its ${shape.length} axes are. Write it again with ` +
      "dimension_names, in Python: zarr.create_array(path, data=array, dimension_names=['t', 'c', 'z', 'y', 'x'][-array.ndim:])",
  );
}
