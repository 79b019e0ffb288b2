import { InvalidOptionError, SCHEDULE_POLICIES, VARIANT_NAMES } from '@dilated-unet/core';
import { AUGMENTATION_KINDS } from '@dilated-unet/trainer';

/** How the text behind a flag is read. */
type FlagKind = 'text' | 'number' | 'integer' | 'bit' | 'switch' | readonly string[];

/** One flag of the train command. */
export interface Flag {
  /** As typed, for example `--max_lr`; the original's flags keep its underscores. */
  readonly flag: string;
  /** Name of the value in the help. */
  readonly value?: string;
  readonly kind: FlagKind;
  /** Field of the configuration that it sets. */
  readonly path?: string;
  readonly group: string;
  readonly help: string;
}

const DATA = 'Data (without any: the built-in phantom):';
const NETWORK = 'Network:';
const TRAINING = 'Training:';
const RUN = 'Run:';
/** Titles, in the help, of the flags that say how a network is trained, and of those about the run itself. */
export { RUN as RUN_FLAGS, TRAINING as TRAINING_FLAGS };

/** All flags of the train command, in the order of its help. */
export const FLAGS = [
  flag('--data', 'DIR', 'text', DATA, 'folder with the stacks train-volume, train-labels and, if any, test-volume'),
  flag('--image_path', 'PATH', 'text', DATA, 'the training sections: TIFF, PNG, folder or pattern (with --mask_path)'),
  flag('--mask_path', 'PATH', 'text', DATA, 'their labels: interior above 0, membrane 0 (with --image_path)'),
  flag('--hold-out', 'N', 'integer', DATA, 'N neighbouring sections: not trained on, but evaluated', 'holdOut'),
  flag('--hold-out-from', 'N', 'integer', DATA, 'the first of them, from 0 (default: the last ones)', 'holdOutFrom'),

  flag('--variant', 'NAME', VARIANT_NAMES, NETWORK, `one of ${VARIANT_NAMES.join(', ')} (default: unet)`),
  flag(
    '--dilate_rate',
    'N',
    'integer',
    NETWORK,
    "dilation of each encoder stage's second convolution",
    'network.dilateRate',
  ),
  flag('--dilate', '0|1', 'bit', NETWORK, '1: bottleneck with dilations 1, 2, 4, 8, 16, 32', 'network.dilate'),
  flag(
    '--addition',
    '0|1',
    'bit',
    NETWORK,
    "1: sum of the bottleneck's six outputs; 0: the last alone",
    'network.addition',
  ),
  flag('--classes', 'N', 'integer', NETWORK, 'output classes, of which class 1 is cell interior', 'network.classes'),

  flag('--preset', 'NAME', 'text', TRAINING, 'a named run, over which the other flags win'),
  flag('--lr', 'RATE', 'number', TRAINING, 'learning rate at the ends of a cycle', 'schedule.baseRate'),
  flag('--max_lr', 'RATE', 'number', TRAINING, 'learning rate at the top of a cycle', 'schedule.maxRate'),
  flag(
    '--clr-step-size',
    'STEPS',
    'integer',
    TRAINING,
    'steps from --lr to --max_lr: half a cycle',
    'schedule.stepSize',
  ),
  flag(
    '--clr-policy',
    'NAME',
    SCHEDULE_POLICIES,
    TRAINING,
    `one of ${SCHEDULE_POLICIES.join(', ')}`,
    'schedule.policy',
  ),
  flag(
    '--dropout',
    'RATE',
    'number',
    TRAINING,
    'share of the activations dropped in training; 0: none',
    'network.dropout',
  ),
  flag('--epochs', 'N', 'integer', TRAINING, 'epochs to train', 'epochs'),
  flag('--steps-per-epoch', 'N', 'integer', TRAINING, 'training steps in an epoch', 'stepsPerEpoch'),
  flag('--batch-size', 'N', 'integer', TRAINING, 'windows in a step', 'batchSize'),
  flag('--window', 'PIXELS', 'integer', TRAINING, 'side of a training window, a multiple of 8', 'window'),
  flag(
    '--sampling',
    'NAME',
    ['sections', 'montage'],
    TRAINING,
    'sections: windows of any training section; montage: of all sections side by side, seams included, as in the original',
    'sampling',
  ),
  flag(
    '--register-labels',
    '0|1',
    'bit',
    TRAINING,
    '1: measure how far labels lie beside the tissue, and train with labels on it (docs/label-registration.md)',
    'registerLabels',
  ),
  flag(
    '--augmentation',
    'KINDS',
    'text',
    TRAINING,
    `none; tissue: all kinds; or some, separated by commas: ${AUGMENTATION_KINDS.join(', ')} (docs/augmentation.md)`,
    'augmentation',
  ),
  flag(
    '--refinement-epochs',
    'N',
    'integer',
    TRAINING,
    'last of the epochs, whose windows are turned and mirrored only, whatever --augmentation says',
    'refinementEpochs',
  ),
  flag(
    '--averaged-epochs',
    'N',
    'integer',
    TRAINING,
    'last of the epochs, the mean of whose weights is exported; 0: the weights of one epoch',
    'averagedEpochs',
  ),
  flag(
    '--calibration-windows',
    'N',
    'integer',
    TRAINING,
    'training windows on which batch-norm statistics are measured anew before the export; 0: none',
    'calibrationWindows',
  ),
  flag('--evaluate-every', 'EPOCHS', 'integer', TRAINING, 'epochs between two evaluations', 'evaluateEvery'),
  flag(
    '--export',
    'WHICH',
    ['last', 'best'],
    TRAINING,
    'weights to export: last, or best by validation loss',
    'exportWeights',
  ),
  flag(
    '--patience',
    'EPOCHS',
    'integer',
    TRAINING,
    'end the training after so many epochs without a lower validation loss',
    'earlyStopping.patience',
  ),
  flag(
    '--min-delta',
    'X',
    'number',
    TRAINING,
    'what a validation loss must be lower by to count as lower (with --patience)',
    'earlyStopping.minDelta',
  ),
  flag(
    '--precision',
    'KIND',
    ['float32', 'mixed'],
    TRAINING,
    'float32, or mixed: convolutions in bfloat16, faster where the hardware has it',
    'precision',
  ),
  flag('--seed', 'N', 'integer', TRAINING, 'of weights, windows, augmentation and dropout', 'seed'),

  flag('--out', 'RUN', 'text', RUN, 'folder of the run (default: runs/VARIANT-DATE-TIME)'),
  flag('--resume', undefined, 'switch', RUN, 'go on with the run in --out from its last checkpoint'),
  flag('--weight_path', 'PATH', 'text', RUN, 'where to save the weights: best by validation loss, else the last'),
  flag('--gpu', 'ID', 'text', RUN, 'GPU to use, as CUDA_VISIBLE_DEVICES has it; -1: none'),
  flag('--require-gpu', undefined, 'switch', RUN, 'fail rather than train on the CPU'),
] as const satisfies readonly Flag[];

/** What was typed: `undefined` where a flag was not, so that 0 and false are values like others. */
export type FlagValues = Readonly<Record<string, string | number | boolean | undefined>>;

/** The value of `flag`, given the text behind it. @throws InvalidOptionError naming the flag and what it takes. */
export function readFlag({ flag, kind }: Flag, text: string): string | number | boolean {
  if (kind === 'number' || kind === 'integer') {
    // Number('') is 0.
    const value = text.trim() === '' ? Number.NaN : Number(text);
    const fits = kind === 'integer' ? Number.isInteger(value) : Number.isFinite(value);
    if (!fits) throw new InvalidOptionError(flag, `must be ${kind === 'integer' ? 'an integer' : 'a number'}`, text);
    return value;
  }
  if (kind === 'bit') {
    if (text !== '0' && text !== '1') throw new InvalidOptionError(flag, 'must be 0 or 1', text);
    return text === '1';
  }
  if (typeof kind === 'object' && !kind.includes(text)) {
    throw new InvalidOptionError(flag, `must be one of ${kind.join(', ')}`, text);
  }
  if (text === '') throw new InvalidOptionError(flag, 'must not be empty', text);
  return text;
}

/** The flag under which the user knows a field of the configuration, else the field's own path. */
export function flagOfPath(path: string): string {
  return FLAGS.find((candidate: Flag) => candidate.path === path)?.flag ?? path;
}

/** A flag; `path`: the field of the configuration that it sets. */
export function flag(
  name: string,
  value: string | undefined,
  kind: FlagKind,
  group: string,
  help: string,
  path?: string,
): Flag {
  return { flag: name, kind, group, help, ...(value !== undefined && { value }), ...(path !== undefined && { path }) };
}
