import { z } from 'zod';
import { STRIDE } from './network.ts';
import { oneStackSchema, severalStacksSchema } from './stacks.ts';

/** What is trained on. */
export const dataSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('phantom'),
    /** Sections generated; the last `holdOut` of them are not trained on. */
    sections: z.int().min(2).max(1000).default(30),
    /** Height and width of a section, pixels. */
    size: z.int().multipleOf(STRIDE).min(64).max(4096).default(512),
    seed: z.int().min(0).default(2012),
  }),
  oneStackSchema,
  severalStacksSchema,
]);
