import { InvalidOptionError } from '../errors.ts';
import { requireOptionNames } from '../option-names.ts';
import type { SegmentOptions } from './segmenter.ts';

const NAMES: Readonly<Record<keyof SegmentOptions, true>> = {
  z: true,
  region: true,
  tile: true,
  order: true,
  signal: true,
  normalise: true,
  greyRange: true,
  invert: true,
};

/**
 * What a segmenter checks before it reads anything; what depends on the source or the model is checked with them.
 *
 * @throws InvalidOptionError naming the first option that is unknown, a tile that is no integer, or a signal that is none.
 */
export function checkSegmentOptions(options: SegmentOptions): void {
  requireOptionNames(options, Object.keys(NAMES));
  const { tile, signal } = options;
  if (tile !== undefined && (!Number.isInteger(tile) || tile < 1)) {
    throw new InvalidOptionError('tile', 'must be an integer of at least 1', tile);
  }
  if (signal !== undefined && typeof (signal as Partial<typeof signal> | null)?.throwIfAborted !== 'function') {
    throw new InvalidOptionError('signal', 'must be an AbortSignal', signal);
  }
}
