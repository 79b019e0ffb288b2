import type { OpenLimits } from '../../../options.ts';
import { requireLimit } from '../../../source.ts';

export interface Limits {
  readonly maxPages: number;
  readonly maxPixels: number;
}

/** `limits` with the defaults filled in. @throws InvalidOptionError for a limit that is not a whole number >= 1. */
export function resolveLimits({ maxPages = 100_000, maxPixels = 2 ** 32 }: OpenLimits): Limits {
  requireLimit('maxPages', maxPages);
  requireLimit('maxPixels', maxPixels);
  return { maxPages, maxPixels };
}
