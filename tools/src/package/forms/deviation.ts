import {
  evaluateStack,
  moveToLabels,
  section,
  type GreyStack,
  type Offset,
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
  readonly onSection: (done: number, total: number) => void;
}

/** Measures how a form differs. */
export async function measureDeviation(task: DeviationTask): Promise<Deviation> {
  const { segmenter, images, expected, labels, labelOffset, onSection } = task;
  const found = { ...images, data: new Float32Array(images.data.length) };
  for (let z = 0; z < images.depth; z++) {
    section(found, z).data.set((await segmenter.segmentWhole(section(images, z))).data);
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
  return {
    sections: images.depth,
    largestDifference: largest,
    meanDifference: sum / pixels,
    classChanged: changed / pixels,
    ...(labels && Number.isFinite(largest) && scoreChange(found, expected, labels, labelOffset)),
  };
}

function scoreChange(
  found: GreyStack<Float32Array>,
  expected: GreyStack<Float32Array>,
  labels: GreyStack,
  offset: Offset | null,
): Pick<Deviation, 'interiorDice' | 'vRand' | 'vInfo'> {
  const score = (stack: GreyStack<Float32Array>): StackEvaluation =>
    evaluateStack(moveToLabels(stack, offset), labels, { ignore: IGNORED });
  const [here, there] = [score(found), score(expected)];
  return {
    interiorDice: here.overlap.interiorDice - there.overlap.interiorDice,
    vRand: here.vRand - there.vRand,
    vInfo: here.vInfo - there.vInfo,
  };
}
