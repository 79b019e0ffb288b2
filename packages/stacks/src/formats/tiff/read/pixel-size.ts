import { isBelievable } from '@dilated-unet/core';
import type { PixelSize } from '../../../source.ts';
import { nanometresIn } from '../../../units.ts';
import { TAG } from '../tags.ts';
import { readDescription, readNumber, readRational, type Directory } from './directory.ts';

/** Nanometres in what ResolutionUnit stands for: inches and centimetres. */
const OF_RESOLUTION: ReadonlyMap<number, number> = new Map([
  [2, 2.54e7],
  [3, 1e7],
]);

/**
 * The size of a pixel: as ImageJ writes it, the unit and the distance of sections in the description, pixels per unit in the
 * resolution tags; or as microscopes do, in pixels an inch or centimetre. The last is taken where it is that of a micrograph,
 * since it is that of printing in other files, which says nothing about the tissue.
 *
 * @param directory the first one of the image: the images of a file may differ.
 */
export async function readPixelSize(directory: Directory): Promise<PixelSize | undefined> {
  const description = (await readDescription(directory)) ?? '';
  const perUnit = {
    y: await readRational(directory, TAG.yResolution),
    x: await readRational(directory, TAG.xResolution),
  };
  return ofImageJ(description, perUnit) ?? (await ofMicroscope(directory, perUnit));
}

interface PerUnit {
  readonly y: number;
  readonly x: number;
}

function ofImageJ(description: string, perUnit: PerUnit): PixelSize | undefined {
  const line = (key: string): string => new RegExp(`^${key}=(.*?)\\s*$`, 'm').exec(description)?.[1] ?? '';
  // ImageJ writes what is not ASCII as \u00B5.
  const unit = nanometresIn(
    line('unit').replace(/\\u(....)/g, (_, code: string) => String.fromCharCode(parseInt(code, 16))),
  );
  if (!(unit > 0 && perUnit.y > 0 && perUnit.x > 0)) return undefined;
  const spacing = Number(line('spacing'));
  return { ...(spacing > 0 && { z: spacing * unit }), y: unit / perUnit.y, x: unit / perUnit.x };
}

async function ofMicroscope(directory: Directory, perUnit: PerUnit): Promise<PixelSize | undefined> {
  // Damage to it is none to the pixels.
  const said = await readNumber(directory, TAG.resolutionUnit, 'ResolutionUnit', 2).catch(() => NaN);
  const unit = OF_RESOLUTION.get(said) ?? NaN;
  const size = { y: unit / perUnit.y, x: unit / perUnit.x };
  return isBelievable(size) ? size : undefined;
}
