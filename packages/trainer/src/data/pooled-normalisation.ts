import type { Normalisation } from '@dilated-unet/core';

/** Mean and deviation of some pixels. */
export interface PartNormalisation {
  readonly normalisation: Normalisation;
  readonly pixels: number;
}

/** Mean and deviation of all pixels of `parts`, at least one; those of a single part as they are. */
export function pooledNormalisation(parts: readonly PartNormalisation[]): Normalisation {
  const [first] = parts;
  if (parts.length === 1 && first !== undefined) return first.normalisation;
  const total = parts.reduce((sum, { pixels }) => sum + pixels, 0);
  const over = (of: (normalisation: Normalisation) => number): number =>
    parts.reduce((sum, { normalisation, pixels }) => sum + (pixels / total) * of(normalisation), 0);
  const mean = over((part) => part.mean);
  return { mean, std: Math.sqrt(over((part) => part.std ** 2 + (part.mean - mean) ** 2)) };
}
