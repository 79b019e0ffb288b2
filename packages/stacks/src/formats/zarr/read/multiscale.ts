import { InvalidImageError, InvalidOptionError } from '@dilated-unet/core';
import type { PixelSize, StackOrigin } from '../../../source.ts';
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
  /** Where it is not 0. */
  readonly origin?: StackOrigin | undefined;
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
  const placed = known.map((_, i) => transformed(multiscale, i, transformed(dataset, i, { scale: 1, origin: 0 })));
  const lengths = (of: readonly number[]): ZyxLengths => nanometres(known, axes, of);
  const pixelSize = pixelSizeOf(lengths(placed.map(({ scale }) => scale)));
  const origin = pixelSize && originOf(lengths(placed.map((one) => one.origin)));
  return {
    path: joined(group.path, path),
    axes: known,
    ...(pixelSize && { pixelSize }),
    ...(origin && { origin }),
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

/** Along an axis, in its unit; NaN where that cannot be known. */
interface Placed {
  /** From pixel to pixel. */
  readonly scale: number;
  /** Of the first pixel. */
  readonly origin: number;
}

/** What the transformations make of axis number `axis`, in their order. */
function transformed({ coordinateTransformations }: JsonObject, axis: number, before: Placed): Placed {
  const steps = objects(coordinateTransformations) ?? [];
  return steps.reduce(({ scale, origin }, step) => {
    const numberOf = (field: string): number => {
      const value = Array.isArray(step[field]) ? (step[field] as readonly Json[])[axis] : undefined;
      return typeof value === 'number' ? value : NaN;
    };
    if (step['type'] === 'translation') return { scale, origin: origin + numberOf('translation') };
    if (step['type'] !== 'scale') return { scale, origin };
    const factor = numberOf('scale');
    return { scale: scale * factor, origin: origin * factor };
  }, before);
}

/** Along z, y and x, nanometres; NaN where that is not known. */
type ZyxLengths = readonly [z: number, y: number, x: number];

/** @param lengths along all axes, in their units. */
function nanometres(axes: readonly Axis[], metadata: readonly JsonObject[], lengths: readonly number[]): ZyxLengths {
  const along = (wanted: AxisName): number => {
    const i = axes.findIndex(({ name }) => name === wanted);
    const unit = metadata[i]?.['unit'];
    return typeof unit === 'string' ? nanometresIn(unit) * (lengths[i] as number) : NaN;
  };
  return [along('z'), along('y'), along('x')];
}

/** Undefined where y or x is not known. */
function pixelSizeOf([z, y, x]: ZyxLengths): PixelSize | undefined {
  const isSize = (length: number): boolean => Number.isFinite(length) && length > 0;
  return isSize(y) && isSize(x) ? { ...(isSize(z) && { z }), y, x } : undefined;
}

/** Undefined where y or x is not known, and where all that is known is 0. */
function originOf([z, y, x]: ZyxLengths): StackOrigin | undefined {
  const origin = { ...(Number.isFinite(z) && { z }), y, x };
  return Number.isFinite(y) && Number.isFinite(x) && Object.values(origin).some((at) => at !== 0) ? origin : undefined;
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
