import { MEASURES, type Measure, type MeasureKey } from '@dilated-unet/core';
import type { Trial, TrialResult } from '../experiment/results.ts';

/** A number that every result has, or null where its protocol has none. */
export interface ResultMeasure extends Pick<Measure, 'name' | 'better' | 'digits'> {
  readonly of: (result: TrialResult) => number | null;
}

/** How the weights were applied: once, or to the eight symmetries of a section and the predictions averaged. */
export type Application = 'plain' | 'symmetries';

/** A measure of sections that were never trained on. */
export function heldOutMeasure(key: MeasureKey, application: Application): ResultMeasure {
  const measure = MEASURES.find((one) => one.key === key) as Measure;
  return { ...measure, of: ({ heldOut }) => heldOut?.[application]?.[key] ?? null };
}

export function heldOutMeasures(application: Application): readonly ResultMeasure[] {
  return MEASURES.map(({ key }) => heldOutMeasure(key, application));
}

/** What the original reports of each network: a measure, and its own number. */
export interface FittingMeasure extends ResultMeasure {
  /** By the name of the network, as the original's table has it. */
  readonly original: Readonly<Record<string, string>>;
}

const original = (...values: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.keys(NAMES).map((variant, i) => [variant, values[i] as string]));

/** As the original's page writes them. */
const NAMES: Readonly<Record<string, string>> = {
  unet: 'U-net',
  'dilated-unet': 'Dilated U-net',
  'unet-a': 'U-net A',
  'dilated-unet-a': 'Dilated U-net A',
};

export const ORIGINAL_PAGE = 'https://github.com/GlastonburyC/Dilated-U-net';
/** Its full training: 500 epochs of 10 steps of three windows of 512 x 512. */
export const ORIGINAL_TRAINING = { epochs: 500, steps: 5000, batchSize: 3, window: 512 } as const;

/** The columns of the original's table (README of its page), one run of each network. */
export const FITTING: readonly FittingMeasure[] = [
  {
    name: 'training loss',
    better: 'lower',
    digits: 4,
    of: ({ training }) => training.loss,
    original: original('0.056', '0.057', '0.073', '0.0579'),
  },
  {
    name: 'validation loss',
    better: 'lower',
    digits: 4,
    of: ({ validation }) => validation.loss,
    original: original('0.106', '0.111', '0.0864', '0.114'),
  },
  {
    name: 'training Dice',
    better: 'higher',
    digits: 4,
    of: ({ training }) => training.softDice,
    original: original('0.985', '0.985', '0.981', '0.985'),
  },
  {
    name: 'validation Dice',
    better: 'higher',
    digits: 4,
    of: ({ validation }) => validation.softDice,
    original: original('0.979', '0.978', '0.980', '0.978'),
  },
];

/** A network as the original's page calls it; another keeps its name, without what means something to Markdown. */
export function variantName(variant: string): string {
  return Object.hasOwn(NAMES, variant) ? (NAMES[variant] as string) : variant.replaceAll(/[^\w .-]/g, '-');
}

/** For example `U-net, fold 2, seed 865`. */
export function trialLabel({ variant, fold, seed }: Trial): string {
  return `${variantName(variant)}, fold ${fold}, seed ${seed}`;
}

/** A network's name as part of a file name. */
export function fileName(variant: string): string {
  return variant.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
}
