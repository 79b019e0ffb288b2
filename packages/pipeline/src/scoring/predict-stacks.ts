import {
  averageOverSymmetries,
  decidePixelSize,
  describeGreyOptions,
  GreyValuesError,
  pixelText,
  type GreyOptions,
  type PixelSides,
} from '@dilated-unet/core';
import type { PrecisionOption } from '@dilated-unet/model-package';
import { createSegmenter, segmentStack, type StackProgress } from '@dilated-unet/runtime-node';
import type { LabelOptions, StackSelection } from '@dilated-unet/stacks';
import {
  labelledImages,
  readImagesBeside,
  sharedProbabilities,
  type ComparedStacks,
  type LabelledImages,
} from './read-stacks.ts';

export interface PredictStacksOptions extends GreyOptions, LabelOptions<string> {
  /** Any stack of labels, see `interpretLabels` of stacks. */
  readonly labels: string;
  /** Of the same size, in the grey values that the model was trained on, unless options say how they are read. */
  readonly images: string;
  /** Which sections of the images, where their file has several channels, times or images. */
  readonly select?: StackSelection | undefined;
  /** A package (folder or zip) or an ONNX file with its model card. */
  readonly model: string;
  /** Which form of a package is run, see `createSegmenter`. @default 'auto' */
  readonly precision?: PrecisionOption;
  /** Whether the prediction is the mean over the eight symmetries of the square: test-time augmentation. */
  readonly symmetries: boolean;
  /** Of the images, nanometres. @default what their file states */
  readonly pixelSize?: PixelSides | undefined;
  /** Those that the model was trained on. @default what its card says */
  readonly modelPixelSize?: PixelSides | undefined;
  /** Whether it is known where the labels lie, so that nothing is said of it. @default false */
  readonly isRegistered?: boolean;
  readonly onProgress?: (progress: StackProgress) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads labels and images, and has the model predict the images.
 *
 * @throws InvalidImageError, InvalidModelError with the path: a file cannot be read or is not what it must be; GreyValuesError
 *   with the path: the images are not like what the model was trained on; the signal's reason once stopped.
 */
export async function predictStacks(
  options: PredictStacksOptions,
): Promise<ComparedStacks & Pick<LabelledImages, 'warnings' | 'labelKind' | 'note'>> {
  const { model, precision = 'auto', symmetries, isRegistered = false, onProgress, signal } = options;
  const { normalise, greyRange, invert } = options;
  const grey = { normalise, greyRange, invert };
  const files = await readImagesBeside(options, options, { isNegative: invert === true });
  signal?.throwIfAborted();
  const probabilities = sharedProbabilities(files.stack);
  const plain = await createSegmenter({ model, precision });
  try {
    signal?.throwIfAborted();
    const { pixelSize: asked, modelPixelSize: network = plain.card.pixelSize } = options;
    const movedBack = isRegistered ? null : 'labelOffset';
    const read = labelledImages(files, options, options, { movedBack, asked, network });
    const { labels, images, warnings, labelKind, pixelSize: stated } = read;
    const segmenter = symmetries ? averageOverSymmetries(plain) : plain;
    const doubts: string[] = [];
    const onNote = (note: string): void => void doubts.push(`${options.images}: ${note}`);
    const { rescale, note: ofPixels } = decidePixelSize({ asked, stated, model: network });
    const said = ofPixels === null ? null : `${options.images}: ${ofPixels}`;
    // What is resampled is as it should be; a size that is not believed may not be.
    if (rescale === null && said !== null) doubts.push(said);
    const note = [read.note, rescale === null ? null : said].filter((text) => text !== null).join(' ');
    let filled = 0;
    for await (const { data } of segmentStack(segmenter, images, {
      ...grey,
      rescale,
      onNote,
      signal,
      ...(onProgress && { onProgress }),
    })) {
      probabilities.data.set(data, filled);
      filled += data.length;
    }
    const views = symmetries ? 'mean over the eight symmetries' : 'one view';
    // What is not exact is said.
    const form = plain.precision === 'fp32' ? null : plain.precision;
    const at = rescale === null ? null : `at pixels of ${pixelText(rescale.to)}`;
    const how = [form, views, at, describeGreyOptions(grey)].filter((text) => text !== null).join(', ');
    const rule = `of model ${plain.card.name}, ${how}`;
    return {
      labels,
      probabilities,
      rule,
      warnings: [...warnings, ...doubts],
      labelKind,
      note: note === '' ? null : note,
    };
  } catch (error) {
    if (error instanceof GreyValuesError)
      throw new GreyValuesError(`${options.images}: ${error.message}`, error.remedy);
    throw error;
  } finally {
    await plain.dispose();
  }
}
