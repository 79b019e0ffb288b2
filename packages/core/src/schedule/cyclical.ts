import { InvalidOptionError } from '../errors.ts';

/** The learning rate of a training step, given how many steps came before it (0, 1, 2 ...). */
export type Schedule = (iteration: number) => number;

/** What all cyclical policies share. */
export interface CycleOptions {
  /** Rate of the first step and at the ends of each cycle; at least 0. */
  readonly baseRate: number;
  /** Rate in the middle of the first cycle; at least `baseRate`. */
  readonly maxRate: number;
  /** Steps from the base rate to the maximum: half a cycle; an integer of at least 1. */
  readonly stepSize: number;
}

/** A cyclical policy of the caller's own. */
export interface CyclicalOptions extends CycleOptions {
  /** Factor on the height of the triangle above `baseRate`; finite. Its argument is named by `scaleBy`. */
  readonly scale: (count: number) => number;
  /** What `scale` gets: the number of the cycle (1, 2, 3 ...) or of the iteration (0, 1, 2 ...). */
  readonly scaleBy: 'cycle' | 'iteration';
}

/**
 * Cyclical learning rates (Smith 2015, https://arxiv.org/abs/1506.01186): the rate climbs from `baseRate` towards
 * `maxRate` and back in straight lines, `stepSize` steps each way; `scale` shrinks the triangles as training goes on.
 *
 * @throws InvalidOptionError when an option is outside its range; the schedule itself throws it for an iteration that
 * is not an integer of at least 0, and for a scale that is not finite.
 */
export function cyclical(options: CyclicalOptions): Schedule {
  const { baseRate, maxRate, stepSize, scale, scaleBy } = options;
  if (!(Number.isFinite(baseRate) && baseRate >= 0)) {
    throw new InvalidOptionError('baseRate', 'must be a finite number of at least 0', baseRate);
  }
  if (!(Number.isFinite(maxRate) && maxRate >= baseRate)) {
    throw new InvalidOptionError('maxRate', `must be a finite number of at least baseRate (${baseRate})`, maxRate);
  }
  if (!(Number.isInteger(stepSize) && stepSize >= 1)) {
    throw new InvalidOptionError('stepSize', 'must be an integer of at least 1', stepSize);
  }
  if (scaleBy !== 'cycle' && scaleBy !== 'iteration') {
    throw new InvalidOptionError('scaleBy', "must be 'cycle' or 'iteration'", scaleBy);
  }
  return (iteration) => {
    if (!(Number.isInteger(iteration) && iteration >= 0)) {
      throw new InvalidOptionError('iteration', 'must be an integer of at least 0', iteration);
    }
    const cycle = Math.floor(1 + iteration / (2 * stepSize));
    const x = Math.abs(iteration / stepSize - 2 * cycle + 1);
    const factor = scale(scaleBy === 'cycle' ? cycle : iteration);
    if (!Number.isFinite(factor)) throw new InvalidOptionError('scale', 'must give finite numbers', factor);
    return baseRate + (maxRate - baseRate) * Math.max(0, 1 - x) * factor;
  };
}
