import { InvalidOptionError } from '@dilated-unet/core';
import type { OpenOptions } from '../options.ts';
import { ZARR } from '../formats/zarr/format.ts';
import { zarrLabelsPath } from '../formats/zarr/read/labels.ts';
import { urlInside } from '../url-place.ts';
import { isUrl, placeOf } from './place.ts';

/**
 * Where the labels called `name` lie, of the images at `where`: in the group `labels` of an OME-Zarr.
 *
 * @param where a folder or an http(s) address, as `openStack` takes it. @param options which image of the folder, where it has several.
 * @returns as `openStack` takes it.
 * @throws InvalidOptionError where `where` is no OME-Zarr, or has no such labels: then it lists those that it has; InvalidImageError
 *   where its metadata cannot be read.
 */
export async function labelsIn(where: string, name: string, options: Pick<OpenOptions, 'image'> = {}): Promise<string> {
  const place = await placeOf(where);
  const folder = place.kind === 'address' ? place.folder : place;
  if (folder.kind === 'file' || !ZARR.recognises(await folder.list(ZARR.marks))) {
    throw new InvalidOptionError(
      'labelName',
      `must be left out: ${where} is no OME-Zarr, which has labels by name`,
      name,
    );
  }
  const inner = await zarrLabelsPath(folder, name, options);
  return isUrl(where) ? urlInside(where, inner).href : `${where.replace(/\/+$/, '')}/${inner}`;
}
