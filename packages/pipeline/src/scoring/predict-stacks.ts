import { averageOverSymmetries } from '@dilated-unet/core';
import { createSegmenter, segmentStack, type StackProgress } from '@dilated-unet/runtime-node';
import type { LabelKind } from '@dilated-unet/stacks';
import { readLabelledImages, sharedProbabilities, type ComparedStacks, type LabelledImages } from './read-stacks.ts';

export interface PredictStacksOptions {
  /** Any stack of two values, see `binaryLabels` of stacks. */
  readonly labels: string;
  /** What their other value than 0 stands for. @default interior */
  readonly labelKind?: LabelKind;
  /** Of the same size, in the grey values that the model was trained on. */
  readonly images: string;
  /** ONNX file with its model card. */
  readonly model: string;
  /** Whether the prediction is the mean over the eight symmetries of the square: test-time augmentation. */
  readonly symmetries: boolean;
  readonly onProgress?: (progress: StackProgress) => void;
}

/**
 * Reads labels and images, and has the model predict the images.
 *
 * @throws InvalidImageError, InvalidModelError with the path: a file cannot be read or is not what it must be.
 */
export async function predictStacks(
  options: PredictStacksOptions,
): Promise<ComparedStacks & Pick<LabelledImages, 'warnings'>> {
  const { model, symmetries, onProgress } = options;
  const { labels, images, warnings } = await readLabelledImages(options, options.labelKind);
  const probabilities = sharedProbabilities(labels);
  const plain = await createSegmenter({ model });
  try {
    const segmenter = symmetries ? averageOverSymmetries(plain) : plain;
    let at = 0;
    for await (const { data } of segmentStack(segmenter, images, { ...(onProgress && { onProgress }) })) {
      probabilities.data.set(data, at);
      at += data.length;
    }
    const views = symmetries ? 'mean over the eight symmetries' : 'one view';
    return { labels, probabilities, rule: `of model ${plain.card.name}, ${views}`, warnings };
  } finally {
    await plain.dispose();
  }
}
