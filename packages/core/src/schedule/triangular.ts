import { cyclical, type CycleOptions, type Schedule } from './cyclical.ts';

/**
 * Every cycle climbs to `maxRate` (Smith 2015, `triangular`; the original's policy).
 *
 * @throws InvalidOptionError as `cyclical` does.
 */
export function triangular(options: CycleOptions): Schedule {
  return cyclical({ ...options, scale: () => 1, scaleBy: 'cycle' });
}
