import type { PixelSize } from '../../../source.ts';
import { TAG } from '../tags.ts';
import { readRational, readText, type Directory } from './directory.ts';

/** Nanometres in the units that ImageJ writes. */
const NANOMETRES: ReadonlyMap<string | undefined, number> = new Map([
  ['nm', 1],
  ['um', 1e3],
  ['micron', 1e3],
  ['microns', 1e3],
  ['µm', 1e3],
  ['\\u00B5m', 1e3],
  ['mm', 1e6],
]);

/**
 * The size of a pixel as ImageJ writes it: the unit and the distance of sections in the description, pixels per unit in
 * the resolution tags. Resolutions without such a unit are those of printing, and say nothing about the tissue.
 */
export async function readPixelSize(directory: Directory): Promise<PixelSize | undefined> {
  const description = await readText(directory, TAG.imageDescription);
  if (description === undefined) return undefined;
  const line = (key: string): string | undefined => new RegExp(`^${key}=(.*?)\\s*$`, 'm').exec(description)?.[1];
  const unit = NANOMETRES.get(line('unit'));
  const perUnit = {
    y: await readRational(directory, TAG.yResolution),
    x: await readRational(directory, TAG.xResolution),
  };
  if (unit === undefined || !(perUnit.y > 0 && perUnit.x > 0)) return undefined;
  const spacing = Number(line('spacing'));
  return { ...(spacing > 0 && { z: spacing * unit }), y: unit / perUnit.y, x: unit / perUnit.x };
}
