import { InvalidOptionError } from '../errors.ts';
import { cyclical, type CycleOptions, type Schedule } from './cyclical.ts';

export interface ExpRangeOptions extends CycleOptions {
  /** Factor per iteration on the height above `baseRate`; above 0, at most 1. */
  readonly gamma: number;
}

/**
 * The height above `baseRate` decays by `gamma` with every iteration (Smith 2015, `exp_range`).
 *
 * @throws InvalidOptionError when `gamma` is outside its range, and as `cyclical` does.
 */
export function expRange({ gamma, ...options }: ExpRangeOptions): Schedule {
  if (!(gamma > 0 && gamma <= 1)) throw new InvalidOptionError('gamma', 'must be above 0 and at most 1', gamma);
  return cyclical({ ...options, scale: (iteration) => gamma ** iteration, scaleBy: 'iteration' });
}
