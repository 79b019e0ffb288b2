import {
  BOUNDARY_WIDTHS,
  networkStride,
  ORIGINAL_FILTERS,
  SCHEDULE_POLICIES,
  TYPED_PIXEL_SIZES,
  unet,
} from '@dilated-unet/core';
import { LABEL_KIND_OPTIONS, SECTION_LIST } from '@dilated-unet/stacks';
import { z } from 'zod';
import { holdsOut, oneStackSchema, severalStacksSchema } from './config-stacks.ts';
import { AUGMENTATION_KINDS, augmentationSchema } from './data/augmentation/amplitudes.ts';

/** Height and width of what a network sees must be multiples of this, pixels: all have the poolings of the U-net. */
export const STRIDE = networkStride(unet());

/** How a command line sets a field. Kind, choices and bounds of the value are those of the field. */
export interface FlagText {
  /** As typed, for example `--max_lr`; the original's flags keep its underscores. */
  readonly flag: string;
  /** Name of the value in the help; none: a switch, which its `--no-` form turns off. */
  readonly value?: string;
  /** Part of the help in which it stands. */
  readonly group: string;
  readonly help: string;
}

/** The texts of all fields that a command line sets. */
const TEXTS = z.registry<FlagText>();

/** How a command line sets the field that `schema` is; undefined where none does. */
export function flagText(schema: z.ZodType): FlagText | undefined {
  return TEXTS.get(schema);
}

/**
 * Makes fields that a command line sets.
 *
 * @param group part of the help in which they stand.
 * @returns a function of a field's schema, what is typed (`--epochs N`: the flag and the name of its value) and its help.
 */
export function flagsIn(group: string): <T extends z.ZodType>(schema: T, typed: string, help: string) => T {
  return (schema, typed, help) => {
    const [flag = '', value] = typed.split(' ');
    TEXTS.add(schema, { flag, group, help, ...(value !== undefined && { value }) });
    return schema;
  };
}

const [data, network, training] = [flagsIn('data'), flagsIn('network'), flagsIn('training')];

const networkSchema = z.strictObject({
  /** Name written into the model, for example `unet`. */
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'must be lower-case letters, digits and dashes'),
  dilateRate: network(
    z.int().min(1).max(64).default(1),
    '--dilate_rate N',
    "dilation of each encoder stage's second convolution",
  ),
  dilate: network(z.boolean().default(false), '--dilate 0|1', '1: bottleneck with dilations 1, 2, 4, 8, 16, 32'),
  addition: network(
    z.boolean().default(true),
    '--addition 0|1',
    "1: sum of the bottleneck's six outputs; 0: the last alone",
  ),
  classes: network(
    z.int().min(2).max(64).default(2),
    '--classes N',
    'output classes, of which class 1 is cell interior',
  ),
  /** Width of the network, see `unetWidths`. Source of 44: the original. */
  filters: network(
    z.int().multipleOf(2, 'must be even').min(2).max(512).default(ORIGINAL_FILTERS),
    '--filters N',
    'filters of the first stage, an even number; the others in proportion. 16: an eighth of the arithmetic',
  ),
  /** Share of the activations dropped in training, after Srivastava et al. 2014; 0: none. Source of 0.3: the original. */
  dropout: training(
    z.number().min(0).lt(1).default(0.3),
    '--dropout RATE',
    'share of the activations dropped in training; 0: none',
  ),
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
  oneStackSchema,
  severalStacksSchema,
]);

/** The model that a training begins from; `openInitialModel` says name and hash. */
const initSchema = z.strictObject({
  /** Absolute path of a package, of the folder of a run, or of its weights. */
  path: training(
    z.string().min(1),
    '--init MODEL',
    'go on from the weights of a model: a package (folder or .zip), or the folder of a run (docs/fine-tuning.md)',
  ),
  name: z.string().min(1),
  /** Hexadecimal; what must be at the path when the run begins. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256'),
  /** Pixels that it was trained on, nanometres; absent where it does not know. */
  pixelSize: z.strictObject({ y: z.number().positive(), x: z.number().positive() }).optional(),
  /** Draws the last convolution anew, for labels that mean something else. */
  newHead: training(
    z.boolean().default(false),
    '--new-head',
    'with --init: all weights but those of the last layer, for labels that mean something else',
  ),
});

const scheduleSchema = z
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

const earlyStoppingSchema = z.strictObject({
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

/** Side of a pixel, nanometres. */
const nanometres = () => {
  const { least, most } = TYPED_PIXEL_SIZES;
  const rule = `must be from ${least} to ${most}, in nanometres`;
  return z.number().min(least, rule).max(most, rule).optional();
};

const configFields = z.strictObject({
  network: networkSchema,
  data: dataSchema,
  /** Neighbouring sections that are not trained on but evaluated, of each stack that is trained on; 0 trains on all. */
  holdOut: data(z.int().min(0), '--hold-out N', 'N neighbouring sections of each stack: not trained on, but evaluated'),
  /** Place, from 0, of the first of them. @default the last `holdOut` sections */
  holdOutFrom: data(
    z.int().min(0).optional(),
    '--hold-out-from N',
    'the first of them, from 0 (default: the last ones)',
  ),
  /**
   * What the values of the labels of stacks stand for, see `LABEL_KINDS` of stacks; auto: their values and the images say (see
   * `interpretLabels` there). What a run writes down is what it was.
   */
  labelKind: data(
    z.enum(LABEL_KIND_OPTIONS).default('auto'),
    '--label-kind KIND',
    'what labels other than 0 are: interior (0 is membrane), membrane (0 is interior), instances (ids of cells), or auto: told from the data (docs/labels.md)',
  ),
  /**
   * Least width of the membrane between two cells, pixels, where the labels are instances.
   *
   * @default null: 24 nm, or 6 pixels where the stacks do not state theirs, as in ISBI-2012 (`defaultBoundaryWidth` of stacks)
   */
  boundaryWidth: data(
    z.number().min(BOUNDARY_WIDTHS.least).max(BOUNDARY_WIDTHS.most).nullable().default(null),
    '--boundary-width PIXELS',
    'of labels that are instances: least width of the membrane between two cells (default: 24 nm; 6 where the files state no size of a pixel)',
  ),
  /** Value of the labels of stacks at pixels that neither the loss nor a score counts. @default none: every pixel counts */
  ignore: data(
    z.number().min(-65535).max(65535).optional(),
    '--ignore VALUE',
    'value of the labels, such as 255, at pixels that neither the loss nor a score counts (docs/partial-labels.md)',
  ),
  /** Sections of stacks without labels: numbers from 1 and ranges of them. @default those of which no pixel counts */
  ignoreSections: data(
    z.string().regex(SECTION_LIST, 'must be numbers from 1 and ranges of them, for example 2,5-9').optional(),
    '--ignore-sections LIST',
    'sections that are not labelled, from 1, for example 2,5-9',
  ),
  /**
   * Side of the pixels to which images and labels of stacks are resampled, nanometres; what the model's card says of them.
   *
   * @default those of the model that the training begins from, where both know theirs; else none, and nothing is resampled
   */
  pixelSize: data(
    nanometres(),
    '--pixel-size NM',
    'train at pixels of so many nanometres: images and labels are resampled to it (default: as the files are; with --init as its model; docs/pixel-size.md)',
  ),
  /** Side of the pixels of `images` and `test`, nanometres. @default what their files state */
  dataPixelSize: data(
    nanometres(),
    '--data-pixel-size NM',
    'what the pixels of the files are, where they do not state it or state it wrongly',
  ),
  /** The model whose weights the training begins from. @default none: random ones */
  init: initSchema.optional(),
  schedule: scheduleSchema,
  /** Source: the original. */
  epochs: training(z.int().min(1).max(100_000).default(300), '--epochs N', 'epochs to train'),
  /** Source: the original. */
  stepsPerEpoch: training(z.int().min(1).max(100_000).default(10), '--steps-per-epoch N', 'training steps in an epoch'),
  /** Windows per step. Source: the original. */
  batchSize: training(z.int().min(1).max(256).default(3), '--batch-size N', 'windows in a step'),
  /**
   * GPUs that share each step: each takes an equal part of the batch (`writeBatch`). Batch norms have the statistics of a part, so
   * it is a part of what a run is. Source of 1: the original.
   */
  devices: training(
    z.int().min(1).max(64).default(1),
    '--devices N',
    'GPUs that share each step, by default 1: --batch-size is a multiple of it (docs/training-speed.md)',
  ),
  /** Side of the training windows, pixels. Source of 512: the original. */
  window: training(
    z.int().multipleOf(STRIDE, `must be a multiple of ${STRIDE}`).min(32).max(4096).default(512),
    '--window PIXELS',
    `side of a training window, a multiple of ${STRIDE}`,
  ),
  /**
   * Where windows are cut. `sections`: anywhere in any training section. `montage`: the original's protocol, in which all
   * sections are laid side by side and windows cross their seams; validation is on another montage of the same sections,
   * so that nothing is held out. See data/montage.ts.
   */
  sampling: training(
    z.enum(['sections', 'montage']).default('sections'),
    '--sampling NAME',
    'sections: windows of any training section; montage: of all sections side by side, seams included, as in the original',
  ),
  /**
   * Measures on the training sections by how much their labels lie beside them (`labelOffset` of core), and trains with labels
   * moved onto the tissue. Predictions are of the tissue, and are moved to the labels where they are scored against them. Off,
   * as in the original, labels are taken as they lie.
   */
  registerLabels: training(
    z.boolean().default(false),
    '--register-labels',
    'measure how far labels lie beside the tissue, and train with labels on it (docs/label-registration.md)',
  ),
  /**
   * What grey values are normalised by, in training and by whoever uses the model (`ModelCard.normalise`). `model`: mean and
   * deviation of the training sections, as in the original, of several stacks those of each, and in use of the stack that is
   * segmented; `section`: each section's own.
   */
  normalise: training(
    z.enum(['model', 'section']).default('model'),
    '--normalise BY',
    "what sections are normalised by, here and in use: mean and deviation of the training's (model), or of each section (section)",
  ),
  /** What is done to each window at random: a text or an amplitude per kind, see `AugmentationInput`. */
  augmentation: training(
    augmentationSchema.prefault('none'),
    '--augmentation KINDS',
    `none; tissue: all kinds; or some, separated by commas: ${AUGMENTATION_KINDS.join(', ')} (docs/augmentation.md)`,
  ),
  /**
   * Training windows on which the batch norms' statistics are measured anew for the exported weights, nothing dropped; 0
   * exports those of training, as the original does.
   */
  calibrationWindows: training(
    z.int().min(0).max(10_000).default(0),
    '--calibration-windows N',
    'training windows on which batch-norm statistics are measured anew before the export; 0: none',
  ),
  /** Epochs between two evaluations on the validation data (and after the last). */
  evaluateEvery: training(z.int().min(1).default(1), '--evaluate-every EPOCHS', 'epochs between two evaluations'),
  /** Which weights are exported. `last` keeps the held-out score honest: nothing was chosen on it. */
  exportWeights: training(
    z.enum(['last', 'best']).default('last'),
    '--export WHICH',
    'weights to export: last, or best by validation loss',
  ),
  /** Ends the training where the validation loss falls no further, as Keras' EarlyStopping; null: never. */
  earlyStopping: earlyStoppingSchema.nullable().default(null),
  /** `mixed`: convolutions in bfloat16, all else in float32. */
  precision: training(
    z.enum(['float32', 'mixed']).default('float32'),
    '--precision KIND',
    'float32, or mixed: convolutions in bfloat16, faster where the hardware has it',
  ),
  /** Seeds weights, windows, augmentation and dropout. */
  seed: training(z.int32().min(0).default(865), '--seed N', 'of weights, windows, augmentation and dropout'),
});

const WITHOUT_MONTAGE = 'must be left out with a montage, in which the original counts every pixel of every section';

/** Everything that defines a training run. A checkpoint carries it whole. */
export const trainConfigSchema = configFields.check(({ value, issues }) => {
  const { holdOut, holdOutFrom, sampling, exportWeights, earlyStopping, batchSize, devices } = value;
  const refuse = (path: string, message: string): void => {
    issues.push({ code: 'custom', path: path.split('.'), message, input: value });
  };
  if (batchSize % devices !== 0) {
    refuse('batchSize', `must be a multiple of ${devices}, the GPUs that share a batch (\`devices\`)`);
  }
  if (holdOut === 0 && holdOutFrom !== undefined)
    refuse('holdOutFrom', 'must be left out where no section is held out');
  if (value.data.kind === 'phantom' && !['auto', 'interior'].includes(value.labelKind)) {
    refuse('labelKind', 'must be auto or interior with the built-in phantom, whose labels are the latter');
  }
  if (
    value.boundaryWidth !== null &&
    (value.data.kind === 'phantom' || !['auto', 'instances'].includes(value.labelKind))
  ) {
    refuse('boundaryWidth', 'must be left out: it is for labels that are instances');
  }
  for (const field of ['ignore', 'ignoreSections'] as const) {
    if (value[field] === undefined) continue;
    if (value.data.kind === 'phantom') {
      refuse(field, 'must be left out with the built-in phantom, whose pixels are all labelled');
    }
    if (sampling === 'montage') refuse(field, WITHOUT_MONTAGE);
  }
  if (value.data.kind === 'several') {
    if (sampling === 'montage') refuse('sampling', 'must be sections with several stacks: a montage is of one');
    if (value.ignoreSections !== undefined) {
      const instead = 'mark their pixels by a value (`ignore`) or a mask (`ignoreMask`)';
      refuse('ignoreSections', `must be left out with several stacks, as it does not say of which; ${instead}`);
    }
    if (value.dataPixelSize !== undefined) {
      refuse(
        'dataPixelSize',
        'must be left out with several stacks, as it does not say of which: let their files state it',
      );
    }
  }
  for (const field of ['pixelSize', 'dataPixelSize'] as const) {
    if (value[field] !== undefined && value.data.kind === 'phantom') {
      refuse(field, 'must be left out with the built-in phantom, whose pixels have no size');
    }
  }
  if (sampling === 'montage' && value.data.kind === 'stacks' && value.data.ignoreMask !== undefined) {
    refuse('data.ignoreMask', WITHOUT_MONTAGE);
  }
  if (sampling === 'montage' && value.registerLabels) {
    refuse(
      'registerLabels',
      'must be off (`registerLabels: false`) with a montage, for which the original takes labels as they lie',
    );
  }
  if (sampling === 'montage' && value.normalise !== 'model') {
    refuse('normalise', 'must be model with a montage, in which sections are one image');
  }
  if (sampling === 'montage' && holdOut > 0) refuse('holdOut', 'must be 0 with a montage, which has all sections');
  if (holdsOut(value) || sampling === 'montage') return;
  const needs = 'chooses by the validation loss: hold out sections for it';
  if (exportWeights === 'best') refuse('exportWeights', `must not be best, which ${needs}`);
  if (earlyStopping !== null) refuse('earlyStopping.patience', `must be left out, as it ${needs}`);
});

export type TrainConfig = z.output<typeof trainConfigSchema>;
export type TrainConfigInput = z.input<typeof trainConfigSchema>;
