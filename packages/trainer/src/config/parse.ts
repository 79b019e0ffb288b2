import { InvalidOptionError } from '@dilated-unet/core';
import { type z } from 'zod';
import { trainConfigSchema, type TrainConfig, type TrainConfigInput } from './schema.ts';
import { augmentationSchema, type Augmentation, type AugmentationInput } from '../data/augmentation/amplitudes.ts';

/**
 * `input` checked and with the defaults filled in.
 *
 * @throws InvalidOptionError naming the first field that is unknown, missing or out of range.
 */
export function parseTrainConfig(input: TrainConfigInput): TrainConfig {
  return check(trainConfigSchema, input, (path) => path);
}

/** Options of version 0.1.0 that are gone, as they gained nothing. */
const REMOVED = ['refinementEpochs', 'averagedEpochs'];

/**
 * The configuration in a file of a run, which an earlier version may have written.
 *
 * @param path of the file, for messages.
 * @throws InvalidOptionError naming the file and a field that this version does not know, or knows with other bounds.
 */
export function parseStoredConfig(stored: unknown, path: string): TrainConfig {
  // What labels were before there was the field.
  const fields: Record<string, unknown> = { labelKind: 'interior', ...(stored as object) };
  for (const field of REMOVED) {
    if ((fields[field] ?? 0) !== 0) {
      const rule = 'must be 0: this version cannot go on with such a run, as the option was removed. Its value';
      throw new InvalidOptionError(`${path}: ${field}`, rule, fields[field]);
    }
    delete fields[field];
  }
  return check(trainConfigSchema, fields, (field) => `${path}: ${field}`);
}

/**
 * The kinds of augmentation that `input` switches on, with their amplitudes.
 *
 * @throws InvalidOptionError naming what is unknown or out of range.
 */
export function parseAugmentation(input: AugmentationInput): Augmentation {
  return check(augmentationSchema, input, (path) => (path === '' ? 'augmentation' : `augmentation.${path}`));
}

function check<T extends z.ZodType>(schema: T, input: unknown, label: (path: string) => string): z.output<T> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const issue = result.error.issues[0] as z.core.$ZodIssue;
  const path = issue.path.join('.');
  const received = issue.path.reduce<unknown>(
    (value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key],
    input,
  );
  throw new InvalidOptionError(label(path), rule(issue), received);
}

/** What is allowed, as the rest of a sentence. */
function rule(issue: z.core.$ZodIssue): string {
  if (issue.message.startsWith('must')) return issue.message;
  switch (issue.code) {
    case 'too_small':
      return `must be ${issue.inclusive === false ? 'above' : 'at least'} ${issue.minimum}`;
    case 'too_big':
      return `must be ${issue.inclusive === false ? 'below' : 'at most'} ${issue.maximum}`;
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    case 'invalid_value':
      return `must be one of ${issue.values.join(', ')}`;
    case 'unrecognized_keys':
      return `must not have the unknown field ${issue.keys.join(', ')}`;
    default:
      return `is not valid: ${issue.message}`;
  }
}
