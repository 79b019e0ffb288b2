import type { GreyImage } from '@dilated-unet/core';
import type { Engine, FormFacts, Model, ModelForm, TestResult } from '@dilated-unet/model-package';

/** One form on one provider. */
export interface VerifiedRun {
  readonly form: ModelForm;
  readonly provider: Engine;
  /** How the image was cut; absent where it was not. */
  readonly cut?: string;
  /** Without loading, milliseconds; null where it failed. */
  readonly ms: number | null;
  /** What came of it; where the form did not load or run, why. */
  readonly result: TestResult | Error;
}

/** What a form gave. */
export interface Run {
  /** Probabilities, axes y, x. */
  readonly found: GreyImage<Float32Array>;
  /** Milliseconds. */
  readonly ms: number;
}

/** With which all probabilities are alike. */
const ANY = { largestDifference: 0.5, meanDifference: 0.5, classChanged: 1 };

/** A single file of less precision states no deviation: nothing but that it gives probabilities can be asked of it. */
export const comparable = (model: Model, form: ModelForm): FormFacts =>
  model.test === null ? { ...form, deviation: ANY } : form;

export async function timed(work: () => Promise<GreyImage<Float32Array>>): Promise<Run> {
  const begin = performance.now();
  return { found: await work(), ms: performance.now() - begin };
}

/** What `work` gives, or why it gives nothing. */
export async function asErrors(
  work: () => Promise<Pick<VerifiedRun, 'ms' | 'result'>>,
): Promise<Pick<VerifiedRun, 'ms' | 'result'>> {
  try {
    return await work();
  } catch (error) {
    return { ms: null, result: error instanceof Error ? error : new Error(String(error)) };
  }
}
