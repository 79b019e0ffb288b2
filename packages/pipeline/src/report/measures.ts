import { MEASURES, receptiveField, unet, type MeasureKey } from '@dilated-unet/core';
import type { PartResult } from '../experiment/results.ts';

/** What the original's table has. */
export type FittingKey = 'trainingLoss' | 'validationLoss' | 'trainingDice' | 'validationDice';

/** How the weights were applied: once, or to the eight symmetries of a section and the predictions averaged. */
export type Application = 'plain' | 'symmetries';

/** A number that every part has, or null where its protocol has none. */
export interface Measure {
  readonly key: FittingKey | MeasureKey;
  readonly name: string;
  readonly better: 'higher' | 'lower';
  /** After the point. */
  readonly digits: number;
  readonly of: (result: PartResult) => number | null;
}

const always = (
  key: FittingKey,
  name: string,
  better: Measure['better'],
  of: (result: PartResult) => number,
): Measure => ({ key, name, better, digits: 4, of });

/** What the original's table has, in its order. */
export const FITTING: readonly [Measure, Measure, Measure, Measure] = [
  always('trainingLoss', 'training loss', 'lower', ({ training }) => training.loss),
  always('validationLoss', 'validation loss', 'lower', ({ validation }) => validation.loss),
  always('trainingDice', 'training Dice', 'higher', ({ training }) => training.softDice),
  always('validationDice', 'validation Dice', 'higher', ({ validation }) => validation.softDice),
];

/** The measures of sections that were never trained on. */
export function heldOutMeasures(application: Application): readonly Measure[] {
  return MEASURES.map(({ key, name, better, digits }) => ({
    key,
    name,
    better,
    digits,
    of: ({ heldOut }) => heldOut?.[application]?.[key] ?? null,
  }));
}

/** One of `heldOutMeasures`. */
export function heldOutMeasure(key: MeasureKey, application: Application): Measure {
  return heldOutMeasures(application).find((measure) => measure.key === key) as Measure;
}

/** Farthest input pixel that an output pixel of the part's network depends on, pixels. */
export function reach({ config: { network } }: PartResult): number {
  return receptiveField(unet(network)).radius;
}
