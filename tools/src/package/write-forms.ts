import { asTrained, InvalidModelError, type GreyStack, type Segmenter } from '@dilated-unet/core';
import type { OnProgress } from '@dilated-unet/host';
import { createSegmenter } from '@dilated-unet/runtime-node';
import { measureDeviation, scoreBeside, type Deviation } from './forms/deviation.ts';
import type { Form, FormTask } from './forms/form.ts';
import { formName, FORMS } from './forms/index.ts';

/** A form that was found good enough. */
export interface WrittenForm {
  readonly form: Form;
  readonly bytes: Uint8Array;
  readonly deviation: Deviation;
}

/**
 * Writes the forms of a run, and measures on the CPU how each differs from TensorFlow. One that differs by more than it may
 * is left out, and `onNote` is told; the first one may not. Only those that `forms` names are written beside the first.
 *
 * @throws InvalidModelError when the first form is not the trained network.
 */
export async function writeForms(
  task: Omit<FormTask, 'fp32'> & { readonly forms?: readonly string[] | undefined },
  onProgress: OnProgress,
): Promise<readonly [WrittenForm, ...WrittenForm[]]> {
  const { facts, forms, onNote, signal } = task;
  const written: WrittenForm[] = [];
  if (facts.labels !== null) onProgress({ phase: "scoring TensorFlow's probabilities" });
  const expectedScore = await scoreBeside({ ...facts, signal }, facts.expected);
  for (const form of FORMS) {
    if (form !== FORMS[0] && forms?.includes(formName(form)) === false) continue;
    signal?.throwIfAborted();
    const what = form.engine === null ? form.precision : `${form.precision} for ${form.engine}`;
    onProgress({ phase: `writing the form ${what}` });
    const bytes = await form.write({ ...task, fp32: written[0]?.bytes ?? null });
    if (bytes === null) continue;
    const segmenter = await createSegmenter({ model: bytes, device: 'cpu' });
    try {
      const onSection = (done: number, total: number): void =>
        onProgress({ phase: `comparing ${what} with TensorFlow`, done, total });
      const measured = { ...facts, expectedScore, segmenter: unjudged(segmenter, facts.images) };
      const deviation = await measureDeviation({ ...measured, onSection, signal });
      const fault = form.fault(deviation);
      if (fault === null) written.push({ form, bytes, deviation });
      else if (form === FORMS[0])
        throw new InvalidModelError(`The form ${what} is wrong: ${fault}. Nothing is written; report this.`);
      else onNote(`The form ${what} is not written: ${fault}.`);
    } finally {
      await segmenter.dispose();
    }
  }
  return written as [WrittenForm, ...WrittenForm[]];
}

/**
 * Images of the training's own stack are normalised as the card says, and not judged.
 *
 * @param stack of which they are sections; without it each is a stack of its own.
 */
export function unjudged(segmenter: Segmenter, stack?: GreyStack): Pick<Segmenter, 'segmentWhole'> {
  const grey = asTrained(segmenter.card, stack);
  return { segmentWhole: (image, options) => segmenter.segmentWhole(image, { ...options, ...grey }) };
}
