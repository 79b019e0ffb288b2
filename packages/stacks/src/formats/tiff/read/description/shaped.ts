import { InvalidImageError } from '@dilated-unet/core';
import { TAG } from '../../tags.ts';
import { readNumber, readText, type Directory } from '../directory.ts';
import type { PlaneAxis } from '../../../../select.ts';
import type { Description } from './described.ts';

/** Axes by the letters of tifffile; one it does not know (`Q`, `I`) is taken for z where it is the only one. */
const AXES: Readonly<Record<string, PlaneAxis>> = { Z: 'z', T: 'time', C: 'channel', I: 'z', Q: 'z' };

/** The JSON that tifffile writes: `{"shape": [3, 96, 128]}`, with names of the axes where the caller gave some. */
export const SHAPED: Description = {
  async read(first) {
    const shape = await shapeOf(first);
    if (shape === undefined) return undefined;
    const { inner } = shape;
    const outer = shape.sizes.slice(0, -inner.length);
    const letters =
      shape.axes?.length === shape.sizes.length ? [...shape.axes.slice(0, -inner.length)] : outer.map(() => 'Q');
    const sizes = outer.flatMap((size, i): [PlaneAxis, number][] =>
      size === 1 ? [] : [[AXES[letters[i] as string] ?? 'z', size]],
    );
    const axes = sizes.map(([axis]) => axis);
    if (new Set(axes).size < axes.length) {
      throw new InvalidImageError(
        `The description of the file says that its shape is ${shape.sizes.join(' x ')}, and not which of these are ` +
          `sections, channels or times. Save it with names, in Python: tifffile.imwrite(path, data, metadata={'axes': ` +
          `'${'TCZ'.slice(-outer.length)}${inner}'})`,
      );
    }
    const planeSize = shape.sizes.filter((_, i) => 'YX'.includes(inner[i - outer.length] ?? 'Q')) as [number, number];
    return [{ source: 'its description', sizes: sizes.reverse(), planeSize }];
  },
};

/** Whether the directory begins an image of several planes of its own. */
export async function beginsShaped(directory: Directory): Promise<boolean> {
  const shape = await shapeOf(directory);
  return shape?.sizes.slice(0, -shape.inner.length).some((size) => size > 1) === true;
}

interface Shape {
  readonly sizes: readonly number[];
  /** A letter for each of them. */
  readonly axes?: string;
  /** The letters of those that lie within a page. */
  readonly inner: 'YX' | 'YXS' | 'SYX';
}

async function shapeOf(directory: Directory): Promise<Shape | undefined> {
  const text = await readText(directory, TAG.imageDescription);
  if (text?.startsWith('{"shape":') !== true) return undefined;
  try {
    const { shape, axes } = JSON.parse(text) as { shape?: unknown; axes?: unknown };
    if (!Array.isArray(shape) || !shape.every((size) => Number.isSafeInteger(size) && size >= 1)) return undefined;
    const samples = await readNumber(directory, TAG.samplesPerPixel, 'SamplesPerPixel', 1);
    const planar = (await readNumber(directory, TAG.planarConfiguration, 'PlanarConfiguration', 1)) === 2;
    const inner = samples === 1 ? 'YX' : planar ? 'SYX' : 'YXS';
    return { sizes: shape as number[], inner, ...(typeof axes === 'string' && { axes }) };
  } catch {
    return undefined;
  }
}
