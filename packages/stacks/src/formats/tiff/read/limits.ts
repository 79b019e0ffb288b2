import { InvalidOptionError } from '@dilated-unet/core';

/** What a file may ask for before it is refused. Each must be a whole number of at least 1. */
export interface ReadLimits {
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
  /**
   * Most bytes of the decoded stack.
   * @default 2 ** 32, the largest typed array of Node 20
   */
  readonly maxBytes?: number;
}

const DEFAULTS: Required<ReadLimits> = { maxPages: 100_000, maxPixels: 2 ** 29, maxBytes: 2 ** 32 };

/** `limits` with the defaults filled in. @throws InvalidOptionError for a limit that is not a whole number >= 1. */
export function resolveLimits(limits: ReadLimits): Required<ReadLimits> {
  const resolved = { ...DEFAULTS };
  for (const name of ['maxPages', 'maxPixels', 'maxBytes'] as const) {
    const value = limits[name];
    if (value === undefined) continue;
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new InvalidOptionError(name, 'must be a whole number of at least 1', value);
    }
    resolved[name] = value;
  }
  return resolved;
}
