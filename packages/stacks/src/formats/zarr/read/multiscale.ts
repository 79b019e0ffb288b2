import { InvalidImageError, InvalidOptionError } from '@dilated-unet/core';
import type { PixelSize } from '../../../source.ts';
import type { PlaneAxis } from '../../../select.ts';
import { nanometresIn } from '../../../units.ts';
import type { ZarrImage } from './images.ts';
import { damaged, joined, objects, shown, unsupported, type Json, type JsonObject } from './json.ts';

/** What an axis of an array is. */
export type AxisName = PlaneAxis | 'y' | 'x';

/** An axis, in the order of the array's. */
export interface Axis {
  /** Undefined for one that is none of these: it must have one place. */
  readonly name: AxisName | undefined;
  /** As the metadata call it. */
  readonly called: string;
}

/** One of the scales of an image. */
export interface Level {
  /** Of the array, in the folder. */
  readonly path: string;
  readonly axes: readonly Axis[];
  readonly pixelSize?: PixelSize | undefined;
  readonly channelNames?: readonly (string | undefined)[] | undefined;
}

const NAMES: Readonly<Record<string, AxisName>> = { t: 'time', c: 'channel', z: 'z', y: 'y', x: 'x' };

const OPEN_ONE = 'Write it again as OME-Zarr 0.5, or name the array of one of its scales';

/** The axes that `names` call so. */
export function axesOf(names: readonly string[]): readonly Axis[] {
  return names.map((called) => ({ called, name: NAMES[called.toLowerCase()] ?? (LONG_NAMES[called.toLowerCase()]) })); // prettier-ignore
}

/** As other programs write them into the names of dimensions. */
const LONG_NAMES: Readonly<Record<string, AxisName>> = { time: 'time', channel: 'channel' };

/**
 * Scale number `level` of `image`, 0 the full resolution.
 *
 * @throws InvalidImageError for metadata that cannot be, InvalidOptionError when there is no such scale.
 */
export function levelOf({ group, multiscale, ome }: ZarrImage, level = 0): Level {
  const where = joined(group.path, 'multiscales');
  const axes = objects(multiscale['axes']);
  const called = axes?.map(({ name }) => name);
  if (axes === undefined || !called?.every((name) => typeof name === 'string')) {
    const version = multiscale['version'] ?? ome['version'];
    throw unsupported(
      where,
      `its axes have no names, as OME-Zarr 0.4 and 0.5 give them (its version is ${shown(version)})`,
      OPEN_ONE,
    );
  }
  const datasets = objects(multiscale['datasets']);
  if (datasets === undefined || datasets.length === 0)
    throw damaged(where, `its datasets are ${shown(multiscale['datasets'])}`);
  const dataset = datasets[level];
  if (dataset === undefined) {
    const rule =
      datasets.length === 1 ? 'must be 0, since there is one scale' : `must be from 0 to ${datasets.length - 1}`;
    throw new InvalidOptionError('level', `${rule} (0 is the full resolution)`, level);
  }
  const { path } = dataset;
  if (typeof path !== 'string') throw damaged(where, `the path of scale ${level} is ${shown(path)}`);
  const known = axesOf(called).map((axis, i) => ({ ...axis, name: ofType(axis.name, axes[i]?.['type']) }));
  const channels = objects(isRecord(ome['omero']) ? ome['omero']['channels'] : undefined);
  const scale = known.map((_, i) => scaleOf(dataset, i) * scaleOf(multiscale, i));
  const pixelSize = pixelSizeOf(known, axes, scale);
  return {
    path: joined(group.path, path),
    axes: known,
    ...(pixelSize && { pixelSize }),
    ...(channels && { channelNames: channels.map(({ label }) => (typeof label === 'string' ? label : undefined)) }),
  };
}

/** An axis is what its type says, where it has one. */
function ofType(name: AxisName | undefined, type: Json | undefined): AxisName | undefined {
  if (type === 'channel') return 'channel';
  if (type === 'time') return 'time';
  return name;
}

function isRecord(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What axis number `axis` is multiplied with; NaN where that cannot be known. */
function scaleOf({ coordinateTransformations }: JsonObject, axis: number): number {
  const steps = objects(coordinateTransformations) ?? [];
  return steps.reduce((all, step) => {
    if (step['type'] !== 'scale') return all;
    const scale = Array.isArray(step['scale']) ? (step['scale'] as readonly Json[])[axis] : undefined;
    return typeof scale === 'number' ? all * scale : NaN;
  }, 1);
}

/** Undefined where the unit of y or x is not known. */
function pixelSizeOf(
  axes: readonly Axis[],
  metadata: readonly JsonObject[],
  scale: readonly number[],
): PixelSize | undefined {
  const sizeOf = (wanted: AxisName): number | undefined => {
    const i = axes.findIndex(({ name }) => name === wanted);
    const unit = metadata[i]?.['unit'];
    const size = typeof unit === 'string' ? nanometresIn(unit) * (scale[i] as number) : NaN;
    return Number.isFinite(size) && size > 0 ? size : undefined;
  };
  const [z, y, x] = [sizeOf('z'), sizeOf('y'), sizeOf('x')];
  return y === undefined || x === undefined ? undefined : { ...(z !== undefined && { z }), y, x };
}

/** Where each axis of a stack lies among those of an array. */
export interface AxisPlaces {
  readonly channel?: number | undefined;
  readonly time?: number | undefined;
  readonly z?: number | undefined;
  readonly y: number;
  readonly x: number;
}

/**
 * Where the axes of an array of `shape` lie.
 *
 * @param array path for messages.
 * @throws InvalidImageError unless each is named once, y and x are there, and others have one place.
 */
export function placesOf(array: string, axes: readonly Axis[], shape: readonly number[]): AxisPlaces {
  const called = axes.map((axis) => axis.called).join(', ');
  if (axes.length !== shape.length) {
    throw damaged(array, `it has ${shape.length} axes, but the metadata name ${axes.length} (${called})`);
  }
  const places: Partial<Record<AxisName, number>> = {};
  for (const [i, { name, called: own }] of axes.entries()) {
    if (name === undefined) {
      if (shape[i] === 1) continue;
      throw new InvalidImageError(
        `${array}: its axis "${own}" has ${shape[i]} places, and it is not known which is meant. Axes are t, c, z, y and x: save ` +
          'the part that is meant with these alone.',
      );
    }
    if (places[name] !== undefined) throw damaged(array, `two of its axes are ${own} (${called})`);
    places[name] = i;
  }
  const { y, x } = places;
  if (y === undefined || x === undefined) throw damaged(array, `its axes are ${called}, without y or x`);
  return { ...places, y, x };
}
