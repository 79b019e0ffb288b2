import { InvalidPackageError, type ModelCard } from '@dilated-unet/core';
import type { Rdf } from './rdf.ts';

/** Largest halo that is declared, pixels: with it an image of 512 pixels is large enough for a tile. */
const LARGEST_HALO = 160;

/** What of a card says how far from the border of a tile probabilities are wrong. */
type Reach = Pick<ModelCard, 'receptiveFieldRadius' | 'stride'>;

/**
 * How far from the border of a tile other programs leave probabilities out, as a description says it: as far as the network sees, in
 * multiples of its stride.
 *
 * @returns pixels; 160 where the network sees farther
 */
export function tileHalo({ receptiveFieldRadius, stride }: Reach): number {
  return Math.min(Math.ceil(receptiveFieldRadius / stride) * stride, LARGEST_HALO);
}

/** What other programs leave out at the border of a tile must be what the model card says of how far the network sees. */
export function requireHalo({ halo }: Pick<Rdf, 'halo'>, card: Reach): void {
  const expected = tileHalo(card);
  if (halo.y === expected && halo.x === expected) return;
  const { receptiveFieldRadius: radius } = card;
  const rule = `must have a halo of ${expected} along y and x, as the radius of ${radius} pixels that the model card says gives`;
  throw new InvalidPackageError('outputs[0].axes', rule, halo);
}
