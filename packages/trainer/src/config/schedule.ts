import { SCHEDULE_POLICIES } from '@dilated-unet/core';
import { z } from 'zod';
import { flagsIn } from './flags.ts';

const training = flagsIn('training');

/** Learning rates, after Smith 2015. */
export const scheduleSchema = z
  .strictObject({
    /** Learning rate of the first step. Source: the original. */
    baseRate: training(
      z.number().positive().max(10).default(1e-5),
      '--lr RATE',
      'learning rate at the ends of a cycle',
    ),
    /** Highest learning rate. Source: the original (0.0005 by default; its README trains with 0.01). */
    maxRate: training(
      z.number().positive().max(10).default(5e-4),
      '--max_lr RATE',
      'learning rate at the top of a cycle',
    ),
    /** Steps from base to maximum: half a cycle. Source: the original's CyclicLR, 2000. */
    stepSize: training(
      z.int().min(1).default(2000),
      '--clr-step-size STEPS',
      'steps from --lr to --max_lr: half a cycle',
    ),
    policy: training(z.enum(SCHEDULE_POLICIES).default('triangular'), '--clr-policy NAME', 'how the rate goes up'),
    /** Decay per step of `exp-range`. */
    gamma: z.number().positive().max(1).default(0.99994),
  })
  .refine((s) => s.maxRate >= s.baseRate, { message: 'must be at least the base rate', path: ['maxRate'] });

/** When a training ends before its last epoch. */
export const earlyStoppingSchema = z.strictObject({
  /** Epochs in a row without a lower validation loss after which training ends. Source of 300: the original. */
  patience: training(
    z.int('must be an integer of at least 1, in epochs').min(1).max(100_000),
    '--patience EPOCHS',
    'end the training after so many epochs without a lower validation loss',
  ),
  /** A validation loss counts as lower when it is by more than this. Source of 0: Keras. */
  minDelta: training(
    z.number().min(0).default(0),
    '--min-delta X',
    'what a validation loss must be lower by to count as lower (with --patience)',
  ),
});
