import type { Directory } from '../directory.ts';
import type { DescribedImage, Description } from './described.ts';
import { IMAGEJ } from './imagej.ts';
import { METAMORPH } from './metamorph.ts';
import { OME } from './ome.ts';
import { SHAPED } from './shaped.ts';

/** All ways in which programs say what the planes of a file are. */
const DESCRIPTIONS: readonly Description[] = [OME, IMAGEJ, METAMORPH, SHAPED];

/** What the first directory of a file says of its planes; undefined where it says nothing. */
export async function describedImages(first: Directory): Promise<readonly DescribedImage[] | undefined> {
  for (const description of DESCRIPTIONS) {
    const images = await description.read(first);
    if (images !== undefined) return images;
  }
  return undefined;
}
