import { fitStack, InvalidImageError, type GreyOptions, type Segmenter } from '@dilated-unet/core';
import type { StackSource } from '@dilated-unet/stacks';
import type { ResultRun } from '../results/result.ts';
import { nextSection, resultRows } from '../results/rows.ts';
import { segmentRows, type SegmentStackOptions } from '../segment-stack.ts';
import { filesHash } from './input.ts';
import type { Plan } from './plan.ts';
import type { PartsStore } from './store.ts';

/** How often the files of the input are looked at, milliseconds: a folder may have a million. */
const LOOK = 30_000;

export interface SegmentPartOptions extends Pick<
  SegmentStackOptions,
  'region' | 'signal' | 'onProgress' | 'onNote' | 'onMeasured'
> {
  /** Path of the stack. */
  readonly input: string;
  readonly run: ResultRun;
  /** Places of the sections that are to be done, from 0, rising; at least one. */
  readonly sections: readonly number[];
  /** Called with each section that is done; what it throws ends the run. */
  readonly onDone?: ((z: number) => Promise<void>) | undefined;
}

/**
 * Segments sections and adds each to `store` as it is done.
 *
 * @throws FinishedElsewhere; InvalidImageError when the input changes meanwhile: the sections since it was last seen unchanged
 * are removed; and what `segmentStack`, `PartsStore.add` and `onDone` throw. The sections that are done stay, and no folder without one.
 */
export async function segmentPart(
  segmenter: Segmenter,
  stack: StackSource,
  plan: Plan,
  store: PartsStore,
  { input, run, sections, onDone, ...options }: SegmentPartOptions,
): Promise<void> {
  let unsure: number[] = [];
  let looked = performance.now();
  const requireUnchanged = async (): Promise<void> => {
    const isSame = (await filesHash(input)) === plan.input.files;
    // Behind it: of a large folder, looking may take longer than the time between two looks.
    looked = performance.now();
    if (!isSame) {
      await store.withdraw(unsure);
      throw new InvalidImageError(
        `${input} has changed since the run began. Put it back as it was to go on, or remove ${store.folder} to begin anew.`,
      );
    }
    unsure = [];
  };
  try {
    const [, height, width] = stack.shape;
    const size = options.region ?? { width, height };
    const { decided, tile, rescale } = plan;
    const rows = segmentRows(segmenter, stack, { ...decided, ...options, tile, rescale, sections });
    const made = resultRows(run, rows);
    try {
      for (const z of sections) {
        const section = { width: size.width, height: size.height, dtype: run.dtype, rows: nextSection(made) };
        await store.add(z, section, plan);
        unsure.push(z);
        await onDone?.(z);
        if (performance.now() - looked > LOOK) await requireUnchanged();
      }
    } finally {
      await made.return();
    }
    await requireUnchanged();
  } catch (error) {
    // What cannot be read, or reads otherwise, may be what replaced the input.
    if (error instanceof InvalidImageError && unsure.length > 0) await requireUnchanged();
    throw error;
  } finally {
    await store.leave();
  }
}

/**
 * How the grey values of `stack`, at the pixels of the model, are read, decided from all of it, so that each process reads its sections alike.
 *
 * @throws what `fitStack` of core throws.
 */
export async function decideGrey(
  stack: StackSource,
  card: Segmenter['card'],
  grey: GreyOptions,
  { signal, onNote, onMeasured }: Pick<SegmentStackOptions, 'signal' | 'onNote' | 'onMeasured'>,
): Promise<GreyOptions> {
  const { normalise = 'model' } = grey;
  // Each section by itself: nothing is to be decided for all.
  if ((normalise === 'model' ? card.normalise : normalise) === 'section') return grey;
  const fit = await fitStack(stack, card, grey, { signal, onNote, ...(onMeasured && { onMeasured }) });
  return fit(0);
}
