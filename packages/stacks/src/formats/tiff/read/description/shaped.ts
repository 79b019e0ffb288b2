import { InvalidImageError } from '@dilated-unet/core';
import { TAG } from '../../tags.ts';
import { readDescription, readNumber, readWholeDescription, type Directory } from '../directory.ts';
import type { PlaneAxis } from '../../../../select.ts';
import type { Description } from './described.ts';

/** Axes by the letters of tifffile; one it does not know (`Q`, `I`) is taken for z where it is the only one. */
const AXES: Readonly<Record<string, PlaneAxis>> = { Z: 'z', T: 'time', C: 'channel', I: 'z', Q: 'z' };

/** The JSON that tifffile writes: `{"shape": [3, 96, 128]}`, with names of the axes where the caller gave some. */
export const SHAPED: Description = {
  async read(first) {
    const text = await readWholeDescription(first, /^\{"shape":/);
    if (text === undefined) return undefined;
    const { shape, axes: named } = parsed(text);
    if (!isShape(shape)) return undefined;
    const inner = await innerOf(first);
    const outer = shape.slice(0, -inner.length);
    const letters =
      typeof named === 'string' && named.length === shape.length
        ? [...named.slice(0, -inner.length)]
        : outer.map(() => 'Q');
    const sizes = outer.flatMap((size, i): [PlaneAxis, number][] =>
      size === 1 ? [] : [[AXES[letters[i] as string] ?? 'z', size]],
    );
    const axes = sizes.map(([axis]) => axis);
    if (new Set(axes).size < axes.length) {
      throw new InvalidImageError(
        `The description of the file says that its shape is ${shape.join(' x ')}, and not which of these are ` +
          `sections, channels or times. Save it with names, in Python: tifffile.imwrite(path, data, metadata={'axes': ` +
          `'${'TCZ'.slice(-outer.length)}${inner}'})`,
      );
    }
    const planeSize = shape.filter((_, i) => 'YX'.includes(inner[i - outer.length] ?? 'Q')) as [number, number];
    const samplesMayBeSections = inner === 'SYX' && sizes.length === 0;
    return [{ source: 'its description', sizes: sizes.reverse(), planeSize, samplesMayBeSections }];
  },
};

/** Whether the directory begins an image of several planes of its own. */
export async function beginsShaped(directory: Directory): Promise<boolean> {
  const text = (await readDescription(directory)) ?? '';
  const shape = /^\{"shape":\s*\[([\d,\s]+)\]/.exec(text)?.[1]?.split(',').map(Number);
  if (!isShape(shape)) return false;
  return shape.slice(0, -(await innerOf(directory)).length).some((size) => size > 1);
}

function isShape(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 1);
}

/** The letters of the axes that lie within a page. */
async function innerOf(directory: Directory): Promise<'YX' | 'YXS' | 'SYX'> {
  const samples = await readNumber(directory, TAG.samplesPerPixel, 'SamplesPerPixel', 1);
  if (samples === 1) return 'YX';
  const planar = (await readNumber(directory, TAG.planarConfiguration, 'PlanarConfiguration', 1)) === 2;
  return planar ? 'SYX' : 'YXS';
}

function parsed(text: string): { readonly shape?: unknown; readonly axes?: unknown } {
  try {
    // Python writes numbers into JSON that it does not have.
    const json = text.replace(/"[^"\\]*(?:\\[^][^"\\]*)*"?|-?\b(?:NaN|Infinity)\b/g, (part) =>
      part.startsWith('"') ? part : 'null',
    );
    return JSON.parse(json) as { shape?: unknown; axes?: unknown };
  } catch (cause) {
    throw new InvalidImageError(
      `The JSON that describes the file cannot be read (${(cause as Error).message}), so that it is not known which of its ` +
        `pages are sections. Save it again with names of its axes, in Python: tifffile.imwrite(path, data, metadata={'axes': 'ZYX'})`,
      { cause },
    );
  }
}
