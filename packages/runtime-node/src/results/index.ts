import { InvalidOptionError } from '@dilated-unet/core';
import { INSTANCES } from './instances.ts';
import { MASK } from './mask.ts';
import { PROBABILITIES } from './probabilities.ts';
import type { ResultKind, ResultOptions, ResultRun } from './result.ts';

/** What a segmentation can give back. */
const RESULTS = {
  mask: MASK,
  probabilities: PROBABILITIES,
  instances: INSTANCES,
} as const satisfies Record<string, ResultKind>;

/** Each option, and the results that take it. */
const TAKERS = new Map<keyof ResultOptions, string[]>();
for (const [result, { takes }] of Object.entries(RESULTS)) {
  for (const name of takes) TAKERS.set(name, [...(TAKERS.get(name) ?? []), result]);
}

export type ResultOption = keyof typeof RESULTS;
export const RESULT_OPTIONS = Object.keys(RESULTS) as readonly ResultOption[];

/** @throws InvalidOptionError when there is no such result, or an option is outside its range or of another result. */
export function startResult(result: ResultOption, options: ResultOptions): ResultRun {
  if (!Object.hasOwn(RESULTS, result)) {
    throw new InvalidOptionError('result', `must be one of ${RESULT_OPTIONS.join(', ')}`, result);
  }
  for (const [name, takers] of TAKERS) {
    if (options[name] === undefined || takers.includes(result)) continue;
    const rule = `must not be given for the result ${result}; it is for ${takers.join(', ')}`;
    throw new InvalidOptionError(name, rule, options[name]);
  }
  return RESULTS[result].start(options);
}
