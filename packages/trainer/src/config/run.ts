import { z } from 'zod';
import { AUGMENTATION_KINDS, augmentationSchema } from '../data/augmentation/amplitudes.ts';
import { dataSchema } from './data.ts';
import { flagsIn } from './flags.ts';
import { initSchema } from './init.ts';
import { labelFields } from './labels.ts';
import { networkSchema, STRIDE } from './network.ts';
import { pixelSizeFields } from './pixel-size.ts';
import { earlyStoppingSchema, scheduleSchema } from './schedule.ts';

const [data, training] = [flagsIn('data'), flagsIn('training')];

/** The fields of a training run, each by itself: what they ask of one another is in rules.ts. */
export const runSchema = z.strictObject({
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
  ...labelFields,
  ...pixelSizeFields,
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
