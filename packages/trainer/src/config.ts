import { InvalidOptionError, networkStride, unet } from '@dilated-unet/core';
import { z } from 'zod';
import { augmentationSchema, type Augmentation, type AugmentationInput } from './data/augmentation/amplitudes.ts';

/** Height and width of what a network sees must be multiples of this, pixels: all have the poolings of the U-net. */
export const STRIDE = networkStride(unet());

const networkSchema = z.strictObject({
  /** Name written into the model, for example `unet`. */
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'must be lower-case letters, digits and dashes'),
  dilateRate: z.int().min(1).max(64).default(1),
  dilate: z.boolean().default(false),
  addition: z.boolean().default(true),
  classes: z.int().min(2).max(64).default(2),
  /** Share of the activations dropped in training, after Srivastava et al. 2014; 0: none. Source of 0.3: the original. */
  dropout: z.number().min(0).lt(1).default(0.3),
});

const dataSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('phantom'),
    /** Sections generated; the last `holdOut` of them are not trained on. */
    sections: z.int().min(2).max(1000).default(30),
    /** Height and width of a section, pixels. */
    size: z.int().multipleOf(STRIDE).min(64).max(4096).default(512),
    seed: z.int().min(0).default(2012),
  }),
  z.strictObject({
    kind: z.literal('stacks'),
    /** Absolute path of the multi-page TIFF with the training sections. */
    images: z.string().min(1),
    /** Absolute path of the multi-page TIFF with their labels: interior > 0, membrane 0. */
    labels: z.string().min(1),
    /** Absolute path of a stack without labels, segmented at the end. */
    test: z.string().min(1).optional(),
  }),
]);

const scheduleSchema = z
  .strictObject({
    policy: z.enum(['triangular', 'triangular2', 'exp-range']).default('triangular'),
    /** Learning rate of the first step. Source: the original's `--lr`. */
    baseRate: z.number().positive().max(10).default(1e-5),
    /** Highest learning rate. Source: the original's `--max_lr` (0.0005 by default; its README trains with 0.01). */
    maxRate: z.number().positive().max(10).default(5e-4),
    /** Steps from base to maximum: half a cycle. Source: the original's CyclicLR, 2000. */
    stepSize: z.int().min(1).default(2000),
    /** Decay per step of `exp-range`. */
    gamma: z.number().positive().max(1).default(0.99994),
  })
  .refine((s) => s.maxRate >= s.baseRate, { message: 'must be at least the base rate (--lr)', path: ['maxRate'] });

const earlyStoppingSchema = z.strictObject({
  /** Epochs in a row without a lower validation loss after which training ends. Source of 300: the original, see `seed`. */
  patience: z.int('must be an integer of at least 1, in epochs').min(1).max(100_000),
  /** A validation loss counts as lower when it is by more than this. Source of 0: Keras. */
  minDelta: z.number().min(0).default(0),
});

const configFields = z.strictObject({
  network: networkSchema,
  data: dataSchema,
  /** Neighbouring sections that are not trained on but evaluated; 0 trains on all. */
  holdOut: z.int().min(0),
  /** Place, from 0, of the first of them. @default the last `holdOut` sections */
  holdOutFrom: z.int().min(0).optional(),
  /**
   * Where windows are cut. `sections`: anywhere in any training section. `montage`: the original's protocol, in which all
   * sections are laid side by side and windows cross their seams; validation is on another montage of the same sections,
   * so that nothing is held out. See data/montage.ts.
   */
  sampling: z.enum(['sections', 'montage']).default('sections'),
  /**
   * Measures on the training sections by how much their labels lie beside them (`labelOffset` of core), and trains with labels
   * moved onto the tissue. Predictions are of the tissue, and are moved to the labels where they are scored against them. Off,
   * as in the original, labels are taken as they lie.
   */
  registerLabels: z.boolean().default(false),
  /** Side of the training windows, pixels. Source of 512: the original. */
  window: z.int().multipleOf(STRIDE, `must be a multiple of ${STRIDE}`).min(32).max(4096).default(512),
  /** Windows per step. Source: the original. */
  batchSize: z.int().min(1).max(256).default(3),
  /** Source: the original. */
  stepsPerEpoch: z.int().min(1).max(100_000).default(10),
  /** Source: the original's `--epochs`. */
  epochs: z.int().min(1).max(100_000).default(300),
  schedule: scheduleSchema,
  /** What is done to each window at random: a text or an amplitude per kind, see `AugmentationInput`. */
  augmentation: augmentationSchema.prefault('none'),
  /**
   * Last epochs, of `epochs`, whose windows see symmetries alone of `augmentation`: the network ends on tissue as it will be
   * segmented (He et al. 2019, "Data Augmentation Revisited", arXiv:1909.09148).
   */
  refinementEpochs: z.int().min(0).max(100_000).default(0),
  /**
   * Last epochs, of `epochs`, the mean of whose weights is exported (see weight-average.ts); 0: the weights of one epoch, as
   * `exportWeights` says.
   */
  averagedEpochs: z.int().min(0).max(100_000).default(0),
  /** Epochs between two evaluations on the validation data (and after the last). */
  evaluateEvery: z.int().min(1).default(1),
  /** Seeds weights, windows, augmentation and dropout. */
  seed: z
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .default(865),
  /** `mixed`: convolutions in bfloat16, all else in float32. */
  precision: z.enum(['float32', 'mixed']).default('float32'),
  /**
   * Training windows on which the batch norms' statistics are measured anew for the exported weights, nothing dropped; 0
   * exports those of training, as the original does.
   */
  calibrationWindows: z.int().min(0).max(10_000).default(0),
  /** Which weights are exported. `last` keeps the held-out score honest: nothing was chosen on it. */
  exportWeights: z.enum(['last', 'best']).default('last'),
  /** Ends the training where the validation loss falls no further, as Keras' EarlyStopping; null: never. */
  earlyStopping: earlyStoppingSchema.nullable().default(null),
});

/** Everything that defines a training run. A checkpoint carries it whole. */
export const trainConfigSchema = configFields.check(({ value, issues }) => {
  const { holdOut, holdOutFrom, sampling, exportWeights, earlyStopping, epochs, refinementEpochs, averagedEpochs } =
    value;
  const refuse = (path: string, message: string): void => {
    issues.push({ code: 'custom', path: path.split('.'), message, input: value });
  };
  if (refinementEpochs > epochs) refuse('refinementEpochs', `must be at most the ${epochs} epochs that are trained`);
  if (averagedEpochs > 0) {
    if (averagedEpochs > epochs) refuse('averagedEpochs', `must be at most the ${epochs} epochs that are trained`);
    if (exportWeights === 'best') refuse('exportWeights', 'must be last, as it is the last epochs that are averaged');
    if (earlyStopping !== null)
      refuse('earlyStopping.patience', 'must be left out, as it is the last epochs that are averaged');
    const calibrated = 'must be at least 1, as averaged weights have no batch-norm statistics of their own';
    if (value.calibrationWindows === 0) refuse('calibrationWindows', calibrated);
  }
  if (holdOut === 0 && holdOutFrom !== undefined)
    refuse('holdOutFrom', 'must be left out where no section is held out');
  if (sampling === 'montage' && value.registerLabels) {
    refuse('registerLabels', 'must be off with a montage, for which the original takes labels as they lie');
  }
  if (sampling === 'montage' && holdOut > 0) refuse('holdOut', 'must be 0 with a montage, which has all sections');
  if (holdOut > 0 || sampling === 'montage') return;
  const needs = 'chooses by the validation loss: hold out sections for it (--hold-out)';
  if (exportWeights === 'best') refuse('exportWeights', `must not be best, which ${needs}`);
  if (earlyStopping !== null) refuse('earlyStopping.patience', `must be left out, as it ${needs}`);
});

export type TrainConfig = z.output<typeof trainConfigSchema>;
export type TrainConfigInput = z.input<typeof trainConfigSchema>;

/**
 * `input` checked and with the defaults filled in.
 *
 * @param label the name under which the user knows a field (a flag), given its path in the configuration.
 * @throws InvalidOptionError naming the first field that is unknown, missing or out of range.
 */
export function parseTrainConfig(
  input: TrainConfigInput,
  label: (path: string) => string = (path) => path,
): TrainConfig {
  return check(trainConfigSchema, input, label);
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
