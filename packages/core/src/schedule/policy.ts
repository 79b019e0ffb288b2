import { InvalidOptionError } from '../errors.ts';
import type { Schedule } from './cyclical.ts';
import { expRange, type ExpRangeOptions } from './exp-range.ts';
import { triangular } from './triangular.ts';
import { triangular2 } from './triangular2.ts';

const POLICIES = {
  triangular,
  triangular2,
  'exp-range': expRange,
} as const satisfies Record<string, (options: ExpRangeOptions) => Schedule>;

/** Name of a policy of Smith 2015. */
export type SchedulePolicy = keyof typeof POLICIES;

export const SCHEDULE_POLICIES = Object.keys(POLICIES) as readonly SchedulePolicy[];

/** A schedule as configurations write it. */
export interface ScheduleOptions extends ExpRangeOptions {
  readonly policy: SchedulePolicy;
}

/**
 * The schedule that `options` names. Only `exp-range` reads `gamma`.
 *
 * @throws InvalidOptionError when the policy is unknown or one of its options is outside its range.
 */
export function schedule({ policy, ...options }: ScheduleOptions): Schedule {
  if (!Object.hasOwn(POLICIES, policy)) {
    throw new InvalidOptionError('policy', `must be one of ${SCHEDULE_POLICIES.join(', ')}`, policy);
  }
  return POLICIES[policy](options);
}
