import { InvalidOptionError } from '../errors.ts';
import type { Network } from './network.ts';
import { unet, type UnetOptions } from './unet.ts';

/** The four networks that the original compares, by name. `A` is the original's mark for "no sum in the bottleneck". */
export const VARIANTS = {
  unet: { dilateRate: 1, dilate: false, addition: true },
  'dilated-unet': { dilateRate: 2, dilate: true, addition: true },
  'unet-a': { dilateRate: 1, dilate: false, addition: false },
  'dilated-unet-a': { dilateRate: 2, dilate: true, addition: false },
} as const satisfies Record<string, UnetOptions>;

export type VariantName = keyof typeof VARIANTS;

export const VARIANT_NAMES = Object.keys(VARIANTS) as readonly VariantName[];

/** What a variant leaves open. */
export type VariantOptions = Omit<UnetOptions, 'name' | 'dilateRate' | 'dilate' | 'addition'>;

/**
 * The network of a variant.
 *
 * @throws InvalidOptionError when the name is none of `VARIANT_NAMES`, or an option is outside its range.
 */
export function variant(name: VariantName, options: VariantOptions = {}): Network {
  if (!Object.hasOwn(VARIANTS, name)) {
    throw new InvalidOptionError('variant', `must be one of ${VARIANT_NAMES.join(', ')}`, name);
  }
  return unet({ ...options, ...VARIANTS[name], name });
}
