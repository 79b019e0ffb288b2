import {
  asTrained,
  cheapestTiling,
  EnvironmentError,
  fitImage,
  InvalidPackageError,
  segmentImage,
  segmentInStages,
  stitchParts,
  type GreyImage,
  type Predict,
  type RunStage,
} from '@dilated-unet/core';
import type { Engine, FormFacts, Model, ModelForm } from './model.ts';

/** How far a device is from the test of a package, in probabilities. */
export interface TestResult {
  readonly largestDifference: number;
  readonly meanDifference: number;
  /** The largest differences that count as agreement: of a pixel, and of the mean over all. */
  readonly bound: { readonly largest: number; readonly mean: number };
  readonly passes: boolean;
}

/** What the rounding of float32 comes to: GPUs sum in another order. */
const ROUNDING: Readonly<Record<Engine, number>> = { cpu: 1e-4, wasm: 1e-4, cuda: 1e-3, webgpu: 1e-3 };

/**
 * How far a form of less than 32 bits may be from the test, in the deviations that its package states. These were measured on
 * whole sections with one processor. The test is one window with borders of its own, and processors differ: fp16 is
 * computed in 32 bits where there is no hardware for it.
 */
const DEVIATIONS = 2;

/**
 * Compares what a form gives for the test of its package with what the package says.
 *
 * @param found probabilities, axes y, x, of the test's size.
 */
export function testResult(
  form: FormFacts,
  engine: Engine,
  expected: GreyImage<Float32Array>,
  found: GreyImage<Float32Array>,
): TestResult {
  let [largest, sum] = [0, 0];
  expected.data.forEach((value, i) => {
    const difference = Math.abs(value - (found.data[i] as number));
    // Keeps a NaN, which a comparison would not.
    largest = Math.max(largest, difference);
    sum += difference;
  });
  const stated = form.precision === 'fp32' ? null : form.deviation;
  const limit = (deviation: number): number => ROUNDING[engine] + DEVIATIONS * deviation;
  const bound = { largest: limit(stated?.largestDifference ?? 0), mean: limit(stated?.meanDifference ?? 0) };
  const mean = sum / expected.data.length;
  return {
    largestDifference: largest,
    meanDifference: mean,
    bound,
    passes: largest <= bound.largest && mean <= bound.mean,
  };
}

/** A result in words: `differs by 3.1e-7 (1.0e-4 allowed)`, with the mean where it is that which is too large. */
export function describeTestResult({ largestDifference, meanDifference, bound, passes }: TestResult): string {
  const power = (value: number): string => value.toExponential(1);
  if (!passes && largestDifference <= bound.largest) {
    return `differs by ${power(meanDifference)} in the mean (${power(bound.mean)} allowed)`;
  }
  return `differs by ${power(largestDifference)} (${power(bound.largest)} allowed)`;
}

/** A form on a device. */
export interface Trial {
  readonly form: ModelForm;
  readonly engine: Engine;
  readonly predict: Predict;
  /** Runs a stage of the model's card: where its tiles are larger than the device takes, stages may not be. */
  readonly runStage?: RunStage;
  /** Largest side of a tile that the device takes, pixels. @default the test in one piece, as it was computed */
  readonly maxTile?: number;
}

/**
 * Runs the test of a package on a device.
 *
 * @returns null where the model has no test: of a single file.
 * @throws InvalidPackageError when a processor gives another result, since its kernels are those that the package was tested
 *   with; EnvironmentError when a GPU does.
 */
export async function passTest({ card, test }: Model, trial: Trial): Promise<TestResult | null> {
  if (test === null) return null;
  const { form, engine, predict, runStage, maxTile = Infinity } = trial;
  const { input, output } = test;
  const normalisation = fitImage(input, card, asTrained(card));
  const tile = Math.min(maxTile, Math.max(input.width, input.height));
  const stages = runStage === undefined ? null : cheapestTiling(input, tile, card).stages;
  const found =
    runStage !== undefined && stages !== null
      ? await stitchParts(
          input,
          undefined,
          segmentInStages(input, { runStage, tile, model: { ...card, stages, normalisation } }),
        )
      : await segmentImage(input, { predict, tile, model: { ...card, normalisation } });
  const result = testResult(form, engine, output, found);
  if (result.passes) return result;
  const what = describeTestResult(result);
  if (engine === 'cpu' || engine === 'wasm') {
    const rule = `must give the test of its package; its result in ${form.precision} on the ${engine} ${what}`;
    throw new InvalidPackageError(form.source ?? 'the ONNX file', rule);
  }
  throw new EnvironmentError(
    `The device ${engine} cannot be trusted with this model: its result in ${form.precision} on the test of the package ${what}. ` +
      (engine === 'cuda'
        ? `Choose ${form.precision === 'fp32' ? '' : 'the precision fp32 or '}the device cpu.`
        : 'Updating the browser or the graphics driver may help.'),
  );
}
