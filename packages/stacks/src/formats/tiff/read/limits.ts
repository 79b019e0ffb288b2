import { requireLimit } from '../../../source.ts';

/** What a file may ask for before it is refused. Each must be a whole number of at least 1. */
export interface OpenLimits {
  /**
   * Most pages (sections).
   * @default 100000, far above the sections of a serial-section volume
   */
  readonly maxPages?: number;
  /**
   * Most pixels in one page.
   * @default 2 ** 29, a section of 23170 x 23170
   */
  readonly maxPixels?: number;
}

/** `limits` with the defaults filled in. @throws InvalidOptionError for a limit that is not a whole number >= 1. */
export function resolveLimits({ maxPages = 100_000, maxPixels = 2 ** 29 }: OpenLimits): Required<OpenLimits> {
  requireLimit('maxPages', maxPages);
  requireLimit('maxPixels', maxPixels);
  return { maxPages, maxPixels };
}
