import { TAG } from '../../tags.ts';
import { readBytes, type Directory } from '../directory.ts';
import type { DescribedImage, Description } from './described.ts';
import { IMAGEJ } from './imagej.ts';
import { METAMORPH } from './metamorph.ts';
import { OME } from './ome.ts';
import { SHAPED } from './shaped.ts';

/** The tag has a few hundred. */
const MOST_LSM_BYTES = 2 ** 16;

/** Zeiss LSM: after each page follows a thumbnail, which is marked. */
const LSM: Description = {
  async read(first) {
    const tag = await readBytes(first, TAG.lsmInfo, 'CZ_LSMINFO', MOST_LSM_BYTES);
    if (tag === undefined) return undefined;
    const image = await (await import('./lsm.ts')).readLsm(tag, first.file);
    return image && [image];
  },
};

/** All ways in which programs say what the planes of a file are. */
const DESCRIPTIONS: readonly Description[] = [OME, IMAGEJ, LSM, METAMORPH, SHAPED];

/** What the first directory of a file says of its planes; undefined where it says nothing. */
export async function describedImages(first: Directory): Promise<readonly DescribedImage[] | undefined> {
  for (const description of DESCRIPTIONS) {
    const images = await description.read(first);
    if (images !== undefined) return images;
  }
  return undefined;
}
