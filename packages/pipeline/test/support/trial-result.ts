import { MEASURES, scoresBy, type Scores } from '@dilated-unet/core';
import { parseTrainConfig } from '@dilated-unet/trainer';
import type { VariantResults } from '../../src/report/statistics.ts';
import type { TrialResult } from '../../src/experiment/results.ts';

export interface TrialNumbers extends Partial<Scores> {
  readonly fold?: number;
  readonly seed?: number;
  /** V_Rand of the mean over the symmetries. @default it was not asked for */
  readonly averagedVRand?: number;
  readonly trainingLoss?: number;
  readonly trainingDice?: number;
  readonly validationLoss?: number;
  readonly validationDice?: number;
  /** Steps of three windows of 512 x 512. @default 5000, as the original */
  readonly steps?: number;
  readonly history?: TrialResult['history'];
  /** @default 0 */
  readonly calibrationWindows?: number;
}

const SCORES: Scores = {
  vRand: 0.95,
  vInfo: 0.98,
  warpingError: 0.0004,
  pixelError: 0.08,
  interiorDice: 0.95,
  membraneDice: 0.8,
  interiorIou: 0.9,
  membraneIou: 0.67,
  precision: 0.95,
  recall: 0.95,
};

/** A trial's result with the numbers that a test is about. Its network is dilated where its name says so. */
export function trialResult(variant: string, numbers: TrialNumbers = {}): TrialResult {
  const { fold = 1, seed = 1, averagedVRand, steps = 5000, history = [], calibrationWindows = 0 } = numbers;
  const plain = {
    ...scoresBy(MEASURES, ({ key }) => numbers[key] ?? SCORES[key]),
    thresholds: scoresBy(MEASURES, () => 0.5),
    prediction: 'float32: probabilities as they are',
    perSection: [],
  };
  const dilated = variant.startsWith('dilated');
  return {
    trial: { index: 1, variant, fold, seed },
    config: parseTrainConfig({
      network: { name: variant, dilate: dilated, dilateRate: dilated ? 2 : 1 },
      data: { kind: 'phantom' },
      holdOut: 6,
      schedule: {},
      calibrationWindows,
    }),
    device: { kind: 'cpu', name: 'AMD EPYC, 2 threads', tensorflow: '2.21.0' },
    parameters: 2_772_816,
    epochs: steps / 10,
    steps,
    epochsAsked: 500,
    stepMs: 1000,
    trainingSeconds: 600,
    history,
    training: { loss: numbers.trainingLoss ?? 0.06, softDice: numbers.trainingDice ?? 0.98 },
    validation: { loss: numbers.validationLoss ?? 0.1, softDice: numbers.validationDice ?? 0.95 },
    heldOut: { plain, symmetries: averagedVRand === undefined ? null : { ...plain, vRand: averagedVRand } },
    files: {
      images: 'images.tif',
      labels: 'labels.tif',
      probabilities: 'probabilities.tif',
      testImages: null,
      testProbabilities: null,
    },
  };
}

/** A network with a run per entry, seeds 1, 2 ... where the entries name none. */
export function variantResults(variant: string, runs: readonly TrialNumbers[]): VariantResults {
  const results = runs.map((numbers, i) => trialResult(variant, { seed: i + 1, ...numbers }));
  return { variant, trials: results.map(({ trial }) => trial), results };
}
