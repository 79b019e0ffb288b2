import { InvalidPackageError, type ModelCard } from '@dilated-unet/core';
import type { Field } from './fields.ts';
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

/** The images that other programs give must have sides that the network takes, and have something within the halo. */
export function requireSizes({ sizes }: Pick<Rdf, 'sizes'>, card: Reach): void {
  const { stride } = card;
  const halos = 2 * tileHalo(card);
  const isMultiple = ({ value }: Field, above: number): boolean =>
    typeof value === 'number' && value > above && value % stride === 0;
  for (const size of sizes) {
    if (isMultiple(size.at('min'), halos) && isMultiple(size.at('step'), 0)) continue;
    throw size.refused(
      `must have min and step, multiples of ${stride}, with min above ${halos}, as the model card says`,
    );
  }
}

/** What other programs leave out at the border of a tile must be what the model card says of how far the network sees. */
export function requireHalo({ halo }: Pick<Rdf, 'halo'>, card: Reach): void {
  const expected = tileHalo(card);
  if (halo.y === expected && halo.x === expected) return;
  const { receptiveFieldRadius: radius } = card;
  const rule = `must have a halo of ${expected} along y and x, as the radius of ${radius} pixels that the model card says gives`;
  throw new InvalidPackageError('outputs[0].axes', rule, halo);
}
