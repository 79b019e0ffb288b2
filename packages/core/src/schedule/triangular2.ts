import { cyclical, type CycleOptions, type Schedule } from './cyclical.ts';

/**
 * Each cycle climbs half as high above `baseRate` as the one before (Smith 2015, `triangular2`).
 *
 * @throws InvalidOptionError as `cyclical` does.
 */
export function triangular2(options: CycleOptions): Schedule {
  return cyclical({ ...options, scale: (cycle) => 1 / 2 ** (cycle - 1), scaleBy: 'cycle' });
}
