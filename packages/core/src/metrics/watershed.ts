import type { GreyImage } from '../image/image.ts';
import { immerse } from './immersion.ts';
import { connectedComponents, type Segmentation } from './labelling.ts';

/**
 * The segments of a mask, grown over the border between them until one line of pixels is left: the watershed by
 * immersion (Vincent & Soille, IEEE PAMI 13:583, 1991), with 4-connectivity, of the two-level image that is low inside of
 * the mask. A mask with nothing inside is one segment: the high level is then the only one.
 *
 * Where borders are thin, V_Rand and V_Info depend on where a line falls; it falls where the reference's does (see
 * `immerse`).
 *
 * @param mask inside where not 0; axes y, x.
 * @returns the segments; 0 on the lines between them.
 * @throws InvalidImageError when it is not an image.
 */
export function watershed(mask: GreyImage): Segmentation {
  const basins = connectedComponents(mask);
  if (basins.count > 0) return immerse(basins);
  return { ...basins, count: 1, labels: basins.labels.fill(1) };
}
