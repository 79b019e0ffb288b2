import type { GreyImage } from '../image/image.ts';
import { immerse } from './immersion.ts';
import { connectedComponents, type Segmentation } from './labelling.ts';

/**
 * The segments of a mask, grown over the border between them until one line of pixels is left: the watershed by
 * immersion (Vincent & Soille, IEEE PAMI 13:583, 1991), with 4-connectivity, of the two-level image that is low inside of
 * the mask. A mask with nothing inside is one segment: the high level is then the only one. So is, with nothing inside, each
 * part that pixels outside of the image cut off.
 *
 * Where borders are thin, V_Rand and V_Info depend on where a line falls; it falls where the reference's does (see
 * `immerse`).
 *
 * @param mask inside where not 0; axes y, x.
 * @param outside 1 at pixels that lie outside of the image, where the mask is 0; null where none does.
 * @returns the segments; 0 on the lines between them, and outside.
 * @throws InvalidImageError when it is not an image.
 */
export function watershed(mask: GreyImage, outside: Uint8Array | null = null): Segmentation {
  const basins = connectedComponents(outside === null ? mask : withBasins(mask, outside));
  if (basins.count > 0) return immerse(basins, undefined, outside);
  return { ...basins, count: 1, labels: basins.labels.fill(1) };
}

/** `mask`, and inside of it all of each part of the image in which nothing is. */
function withBasins({ width, height, data }: GreyImage, outside: Uint8Array): GreyImage<Uint8Array> {
  const parts = connectedComponents({ width, height, data: outside.map((value) => 1 - value) });
  const hasBasin = new Uint8Array(parts.count + 1);
  for (let p = 0; p < data.length; p++) if (data[p] !== 0) hasBasin[parts.labels[p] as number] = 1;
  // Part 0 is outside.
  hasBasin[0] = 1;
  const inside = new Uint8Array(data.length);
  for (let p = 0; p < data.length; p++) {
    inside[p] = data[p] !== 0 || hasBasin[parts.labels[p] as number] === 0 ? 1 : 0;
  }
  return { width, height, data: inside };
}
