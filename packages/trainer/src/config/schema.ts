import type { z } from 'zod';
import { RULES } from './rules.ts';
import { runSchema } from './run.ts';

/** Everything that defines a training run. A checkpoint carries it whole. */
export const trainConfigSchema = runSchema.check(({ value, issues }) => {
  for (const { field, isBroken, text } of RULES) {
    if (!isBroken(value)) continue;
    const message = typeof text === 'string' ? text : text(value);
    issues.push({ code: 'custom', path: field.split('.'), message, input: value });
  }
});

export type TrainConfig = z.output<typeof trainConfigSchema>;
export type TrainConfigInput = z.input<typeof trainConfigSchema>;
