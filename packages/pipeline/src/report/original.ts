import type { FittingKey } from './measures.ts';

export type OriginalRow = Readonly<Record<FittingKey, number>>;

/**
 * The original's own table, one run of each network: https://github.com/GlastonburyC/Dilated-U-net (README). Its
 * validation montage is another shuffle of the sections trained on.
 */
export const ORIGINAL: Readonly<Record<string, OriginalRow>> = {
  unet: { trainingLoss: 0.056, validationLoss: 0.106, trainingDice: 0.985, validationDice: 0.979 },
  'dilated-unet': { trainingLoss: 0.057, validationLoss: 0.111, trainingDice: 0.985, validationDice: 0.978 },
  'unet-a': { trainingLoss: 0.073, validationLoss: 0.0864, trainingDice: 0.981, validationDice: 0.98 },
  'dilated-unet-a': { trainingLoss: 0.0579, validationLoss: 0.114, trainingDice: 0.985, validationDice: 0.978 },
};

export const ORIGINAL_PAGE = 'https://github.com/GlastonburyC/Dilated-U-net';
/** Its full training: 500 epochs of 10 steps of three windows of 512 x 512. */
export const ORIGINAL_TRAINING = { epochs: 500, steps: 5000, batchSize: 3, window: 512 } as const;

/** To three significant digits, as the original gives them. */
export function originalNumber(value: number): string {
  return value < 0.1 ? String(value) : value.toFixed(3);
}
