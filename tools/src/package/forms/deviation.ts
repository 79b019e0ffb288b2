import { setImmediate } from 'node:timers/promises';
import {
  countedSections,
  evaluateSection,
  moveToLabels,
  section,
  summariseSections,
  type GreyStack,
  type Offset,
  type SectionEvaluation,
  type Segmenter,
  type StackEvaluation,
} from '@dilated-unet/core';
import { IGNORED } from '@dilated-unet/stacks';

/** How a form differs from float32 TensorFlow, on sections that the network was not trained on. */
export interface Deviation {
  readonly sections: number;
  /** Of the probabilities, over all pixels; NaN where the form gives one that is no number. */
  readonly largestDifference: number;
  readonly meanDifference: number;
  /** Share of the pixels that are on the other side of 0.5. */
  readonly classChanged: number;
  /** What the form has more than TensorFlow; absent without labels, and where a probability is no number. */
  readonly interiorDice?: number;
  readonly vRand?: number;
  readonly vInfo?: number;
}

export interface DeviationTask {
  readonly segmenter: Pick<Segmenter, 'segmentWhole'>;
  readonly images: GreyStack;
  readonly expected: GreyStack<Float32Array>;
  /** Each section has some cell interior. */
  readonly labels: GreyStack | null;
  readonly labelOffset: Offset | null;
  /** Of `expected`, as `scoreBeside` gives it; null without labels. */
  readonly expectedScore: StackEvaluation | null;
  readonly onSection: (done: number, total: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Measures how a form differs. @throws the signal's reason once stopped. */
export async function measureDeviation(task: DeviationTask): Promise<Deviation> {
  const { segmenter, images, expected, expectedScore, onSection, signal } = task;
  const found = { ...images, data: new Float32Array(images.data.length) };
  for (let z = 0; z < images.depth; z++) {
    section(found, z).data.set((await segmenter.segmentWhole(section(images, z), { signal })).data);
    onSection(z + 1, images.depth);
  }
  let [largest, sum, changed] = [0, 0, 0];
  found.data.forEach((p, i) => {
    const q = expected.data[i] as number;
    const difference = Math.abs(p - q);
    // Keeps a NaN, which a comparison would not.
    largest = Math.max(largest, difference);
    sum += difference;
    if (p > 0.5 !== q > 0.5) changed++;
  });
  const pixels = found.data.length;
  const score = Number.isFinite(largest) ? await scoreBeside(task, found) : null;
  return {
    sections: images.depth,
    largestDifference: largest,
    meanDifference: sum / pixels,
    classChanged: changed / pixels,
    ...(score && expectedScore && scoreChange(score, expectedScore)),
  };
}

/**
 * The score of probabilities beside labels, between whose sections the process hears of a signal; null without labels.
 *
 * @throws the signal's reason once stopped.
 */
export async function scoreBeside(
  { labels, labelOffset, signal }: Pick<DeviationTask, 'labels' | 'labelOffset' | 'signal'>,
  probabilities: GreyStack<Float32Array>,
): Promise<StackEvaluation | null> {
  if (labels === null) return null;
  const moved = moveToLabels(probabilities, labelOffset);
  const places = countedSections(labels, { ignore: IGNORED });
  const scores: SectionEvaluation[] = [];
  for (const z of places) {
    await setImmediate();
    signal?.throwIfAborted();
    scores.push(evaluateSection(section(moved, z), section(labels, z), { ignore: IGNORED }));
  }
  return summariseSections(scores, places);
}

function scoreChange(
  here: StackEvaluation,
  there: StackEvaluation,
): Pick<Deviation, 'interiorDice' | 'vRand' | 'vInfo'> {
  return {
    interiorDice: here.overlap.interiorDice - there.overlap.interiorDice,
    vRand: here.vRand - there.vRand,
    vInfo: here.vInfo - there.vInfo,
  };
}
