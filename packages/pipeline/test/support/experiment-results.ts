import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { evaluateStack, sections, variant, type GreyStack, type VariantName } from '@dilated-unet/core';
import { encodeTiffStack } from '@dilated-unet/stacks';
import { parseTrainConfig, phantom, stream } from '@dilated-unet/trainer';
import { noisyPrediction } from '../../src/bench/noisy-prediction.ts';
import { report as evaluationReport, type Report as Evaluation } from '../../src/scoring/report.ts';
import type {
  EpochRecord,
  ExperimentResults,
  Trial,
  TrialOutcome,
  TrialResult,
  Protocol,
} from '../../src/experiment/results.ts';

export interface FabricatedExperiment {
  readonly protocol: Protocol;
  /** @default 'unet' and 'dilated-unet' */
  readonly variants?: readonly VariantName[];
  /** @default 1 */
  readonly folds?: number;
  /** @default 1 */
  readonly seeds?: number;
  /** @default 4 */
  readonly epochs?: number;
  /** Labelled stack. @default a phantom of six sections of 64 x 64 */
  readonly stack?: { readonly images: GreyStack; readonly labels: GreyStack };
  /** Stack without labels, and what stands for its true labels. @default none */
  readonly test?: { readonly images: GreyStack; readonly labels: GreyStack };
  /** @default false */
  readonly symmetries?: boolean;
  /** Trials, by index from 1, without a result. @default none */
  readonly missing?: readonly number[];
}

/** How far a network's predictions are from the labels: 0 equals them, 1 is as noisy as `noisyPrediction`. */
const NOISE: Readonly<Record<VariantName, number>> = {
  unet: 0.92,
  'dilated-unet': 0.8,
  'unet-a': 0.93,
  'dilated-unet-a': 0.82,
};

/**
 * The results of an experiment that never ran, with its files in `folder`: noise on the labels stands for predictions, and
 * their scores are true scores of it.
 */
export async function fabricateExperiment(folder: string, options: FabricatedExperiment): Promise<ExperimentResults> {
  const { protocol, variants = ['unet', 'dilated-unet'], folds = 1, seeds = 1, missing = [] } = options;
  const stack = options.stack ?? phantom({ sections: 6, size: 64, seed: 7 });
  const write = (path: string, one: GreyStack): Promise<string> => writeStack(join(folder, path), one);
  const trainingImages = await write('data/images.tif', stack.images);
  const trainingLabels = await write('data/labels.tif', stack.labels);
  const trials: TrialOutcome[] = [];
  for (const name of variants) {
    for (let fold = 1; fold <= folds; fold++) {
      for (let k = 0; k < seeds; k++) {
        const trial: Trial = { index: trials.length + 1, variant: name, fold, seed: 865 + k };
        const own = join(folder, 'trials', `${name}-fold${fold}-seed${trial.seed}`);
        const result = missing.includes(trial.index)
          ? null
          : await fabricatePart(own, trial, name, { ...options, folds, stack });
        trials.push({ trial, folder: own, result });
      }
    }
  }
  const { depth, width, height } = stack.images;
  return {
    protocol,
    data: `phantom, ${depth} sections of ${width} × ${height}`,
    command: `npx nx run trainer:experiment --protocol ${protocol} --out ${folder}`,
    trials,
    trainingImages,
    trainingLabels,
    labelKind: 'interior',
  };
}

async function fabricatePart(
  folder: string,
  trial: Trial,
  name: VariantName,
  options: FabricatedExperiment & Required<Pick<FabricatedExperiment, 'stack' | 'folds'>>,
): Promise<TrialResult> {
  const { protocol, stack, test, folds, epochs = 4, symmetries = false } = options;
  const { depth } = stack.images;
  const holdOut =
    protocol === 'original' ? 0 : protocol === 'holdout' ? Math.ceil(depth / 5) : Math.floor(depth / folds);
  const from = protocol === 'kfold' ? (trial.fold - 1) * holdOut : depth - holdOut;
  const shown = holdOut === 0 ? ([0, Math.min(6, depth)] as const) : ([from, from + holdOut] as const);
  const [images, labels] = [sections(stack.images, ...shown), sections(stack.labels, ...shown)];
  const seed = trial.seed * 100 + trial.index;
  const probabilities = fabricatePrediction(labels, NOISE[name], seed);
  const score = (noise: number): Evaluation =>
    evaluationReport(
      evaluateStack(fabricatePrediction(labels, noise, seed), labels),
      'float32: probabilities as they are',
    );
  const plain = score(NOISE[name]);
  await writeStack(join(folder, 'held-out/images.tif'), images);
  await writeStack(join(folder, 'held-out/labels.tif'), labels);
  await writeStack(join(folder, 'held-out/probabilities.tif'), probabilities);
  if (test !== undefined) {
    await writeStack(join(folder, 'test/images.tif'), test.images);
    await writeStack(join(folder, 'test/probabilities.tif'), fabricatePrediction(test.labels, NOISE[name], seed + 1));
  }
  const history = fabricateHistory(epochs, seed, plain.interiorDice);
  const last = history.at(-1) as EpochRecord;
  return {
    trial,
    config: parseTrainConfig({
      network: { ...variantOptions(name), name },
      data: { kind: 'phantom' },
      holdOut,
      ...(holdOut > 0 ? { holdOutFrom: from } : {}),
      window: 256,
      epochs,
      schedule: { maxRate: 3e-3 },
      augmentation: 'symmetries',
      seed: trial.seed,
    }),
    device: { kind: 'cpu', name: 'AMD EPYC, 2 threads', tensorflow: '2.21.0' },
    parameters: 2_772_816,
    epochs,
    steps: 10 * epochs,
    epochsAsked: epochs,
    stepMs: 900 + 100 * stream(seed, 'step').uniform(),
    trainingSeconds: 10 * epochs,
    history,
    training: { loss: last.loss, softDice: last.softDice },
    validation: last.validation as { loss: number; softDice: number },
    heldOut: holdOut === 0 ? null : { plain, symmetries: symmetries ? score(NOISE[name] - 0.1) : null },
    files: {
      images: 'held-out/images.tif',
      labels: 'held-out/labels.tif',
      probabilities: 'held-out/probabilities.tif',
      testImages: test === undefined ? null : 'test/images.tif',
      testProbabilities: test === undefined ? null : 'test/probabilities.tif',
    },
  };
}

function variantOptions(name: VariantName): { dilateRate: number; dilate: boolean; addition: boolean } {
  const dilated = variant(name).name.startsWith('dilated');
  return { dilateRate: dilated ? 2 : 1, dilate: dilated, addition: !name.endsWith('-a') };
}

/** Probabilities of interior between the labels (`noise` 0) and noise on them (1). */
function fabricatePrediction(labels: GreyStack, noise: number, seed: number): GreyStack<Float32Array> {
  const { data, ...shape } = noisyPrediction(labels, seed);
  const blended = Float32Array.from(data, (p, i) => noise * p + (1 - noise) * ((labels.data[i] as number) > 0 ? 1 : 0));
  return { ...shape, data: blended };
}

/** Curves that fall and rise as those of a training do; validation after every second epoch and the last. */
function fabricateHistory(epochs: number, seed: number, reached: number): EpochRecord[] {
  const draw = stream(seed, 'history');
  return Array.from({ length: epochs }, (_, i) => {
    const epoch = i + 1;
    const begun = Math.exp(-8 * (i / epochs));
    const noisy = (value: number, trial: number): number => value * (1 + trial * draw.normal());
    const softDice = Math.min(1, reached + 0.01 - 0.4 * begun + 0.003 * draw.normal());
    const validated = epoch % 2 === 0 || epoch === epochs;
    return {
      epoch,
      loss: noisy(0.25 + begun, 0.05),
      softDice,
      rate: 1e-5 + 3e-3 * (1 - Math.abs((2 * epoch) / epochs - 1)),
      validation: validated
        ? { loss: noisy(0.28 + 1.2 * begun, 0.08), softDice: Math.min(1, reached - 0.5 * begun) }
        : null,
    };
  });
}

async function writeStack(path: string, stack: GreyStack): Promise<string> {
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, await encodeTiffStack(stack, { compression: 'deflate' }));
  return path;
}
