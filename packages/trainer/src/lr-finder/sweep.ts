import { InvalidOptionError } from '@dilated-unet/core';

/** How the rate rises in a range test. `linear` is Smith's; `exponential` gives each decade as many steps. */
export const SPACINGS = ['exponential', 'linear'] as const;
export type Spacing = (typeof SPACINGS)[number];

/** The learning rates that a range test tries, one a step. */
export interface RateSweep {
  /** Rate of the first step. */
  readonly minRate: number;
  /** Rate of the last step. */
  readonly maxRate: number;
  /** Training steps, at least `LEAST_STEPS`. */
  readonly steps: number;
  readonly spacing: Spacing;
}

/**
 * Below the first rate RMSprop, which moves each weight by about its rate, changes nothing in so few steps; above the last
 * it moves weights by their own size. Source of 100 steps: fastai's `lr_find`.
 */
export const DEFAULT_SWEEP: RateSweep = { minRate: 1e-6, maxRate: 1, steps: 100, spacing: 'exponential' };

/** Fewer are not enough to tell a trend from the noise of single batches. */
const LEAST_STEPS = 30;

/** @throws InvalidOptionError naming the field that is out of range. */
export function requireSweep({ minRate, maxRate, steps, spacing }: RateSweep): void {
  if (!(minRate > 0 && Number.isFinite(minRate))) throw new InvalidOptionError('minRate', 'must be above 0', minRate);
  if (!(maxRate > minRate && Number.isFinite(maxRate))) {
    throw new InvalidOptionError('maxRate', `must be above the first rate, ${minRate}`, maxRate);
  }
  if (!(Number.isInteger(steps) && steps >= LEAST_STEPS)) {
    throw new InvalidOptionError('steps', `must be an integer of at least ${LEAST_STEPS}`, steps);
  }
  if (!SPACINGS.includes(spacing)) {
    throw new InvalidOptionError('spacing', `must be one of ${SPACINGS.join(', ')}`, spacing);
  }
}

/** Learning rate of `step`, 0 ... steps - 1. */
export function sweepRate({ minRate, maxRate, steps, spacing }: RateSweep, step: number): number {
  const share = step / (steps - 1);
  return spacing === 'linear' ? minRate + share * (maxRate - minRate) : minRate * (maxRate / minRate) ** share;
}
