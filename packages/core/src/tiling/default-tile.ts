import type { ModelCard } from '../model/card.ts';
import { roundUp } from './pad.ts';

/** Tiles of at least so many halos: the arithmetic is then at most 4 times that of the image in one piece. */
const LEAST_HALOS = 4;

/**
 * Side of the tiles of a large image where the caller names none, pixels: `preferred`, or four halos where that is more.
 *
 * @param preferred what the runtime measured best for networks that see little, pixels.
 */
export function defaultTileSide(
  preferred: number,
  { stride, receptiveFieldRadius }: Pick<ModelCard, 'stride' | 'receptiveFieldRadius'>,
): number {
  return Math.max(preferred, LEAST_HALOS * roundUp(receptiveFieldRadius, stride));
}
