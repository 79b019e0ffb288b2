import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { asTrained, InvalidImageError, type GreyStack, type Offset, type Segmenter } from '@dilated-unet/core';
import { writeFileAtomically } from '@dilated-unet/host';
import { IGNORED } from '@dilated-unet/stacks';
import type { SegmentStackOptions } from '@dilated-unet/runtime-node';
import { readSizedStack, readStack, type SizedStack } from '@dilated-unet/stacks/node';
import type { TrainResult } from '@dilated-unet/trainer';
import { verifyModel } from '@dilated-unet/tools';
import type { Reporter, Services } from './services.ts';
import { drawOverlay } from '../pictures/overlay.ts';
import { readStacks } from '../scoring/read-stacks.ts';
import type { Report } from '../scoring/report.ts';
import { scorePrediction } from '../scoring/score-stack.ts';
import { maskOnLabels, rescaleAfter, segmentToFiles } from './segment.ts';
import type { StageClock } from './stage-clock.ts';

/** A converted model and where it comes from. */
export interface ModelUse {
  /** The ONNX file. */
  readonly model: string;
  readonly trained: TrainResult;
  /** Run folder. */
  readonly out: string;
  readonly services: Services;
  readonly clock: StageClock;
  readonly watch: Reporter;
}

/** What using the model showed. */
export interface ModelFindings {
  /** Largest difference between a probability of the ONNX model and TensorFlow's. */
  readonly maxDifference: number;
  /** Scores of the held-out sections; null when none was held out, or they cannot be scored. */
  readonly heldOut: Report | null;
}

/**
 * Loads the model in the runtime, checks it against TensorFlow, segments the held-out sections (into `held-out/`) and the
 * test stack (into `test/`), with an overlay of each, and scores the held-out sections.
 *
 * @throws StageError
 */
export async function useModel({ model, trained, out, services, clock, watch }: ModelUse): Promise<ModelFindings> {
  const { config, files, labelOffset } = trained;
  const { onProgress, signal } = watch;
  const segmenter = await clock.run('load', () => services.loadSegmenter(model));
  // Sections of the training's own stack: what they are like is no reason to refuse them.
  const grey = asTrained(segmenter.card);
  try {
    const maxDifference = await clock.run('verify', async () => {
      const images = await readStack(files.referenceImages);
      const expected = await readStack(files.referenceProbabilities);
      const phase = 'checking ONNX against TensorFlow';
      return verifyModel({
        segmenter: { segmentWhole: (image) => segmenter.segmentWhole(image, grey) },
        images,
        expected: { ...expected, data: Float32Array.from(expected.data) },
        onSection: (done, total) => onProgress({ phase, done, total }),
      });
    });
    await clock.run('segment', async () => {
      const { test, select } = config.data.kind === 'stacks' ? config.data : {};
      await segmentHeldOut();
      if (test !== undefined) await segmentTest(await readSizedStack(test, select));
    });
    const heldOut = files.heldOutLabels === null ? null : await clock.run('score', score);
    return { maxDifference, heldOut };
  } finally {
    await segmenter.dispose();
  }

  async function score(): Promise<Report | null> {
    try {
      return await scoreHeldOut({ folder: out, labelOffset }, 'held-out/probabilities.tif', watch);
    } catch (error) {
      // The run is whole all the same.
      if (!(error instanceof InvalidImageError)) throw error;
      watch.onNote(`The held-out sections have no scores. ${error.message}`);
      return null;
    }
  }

  async function segmentHeldOut(): Promise<void> {
    if (files.heldOutImages === null || files.heldOutLabels === null) return;
    const images = await readStack(files.heldOutImages);
    const labels = await readStack(files.heldOutLabels);
    const what = `the ${images.depth} held-out sections`;
    await segment(segmenter, images, labels, 'held-out', what);
  }

  async function segmentTest({ stack, pixelSize }: SizedStack): Promise<void> {
    const rescale = rescaleAfter(config, segmenter, pixelSize);
    await segment(segmenter, stack, null, 'test', 'the test stack', rescale);
  }

  async function segment(
    segmenter: Segmenter,
    images: GreyStack,
    labels: GreyStack | null,
    folder: string,
    what: string,
    rescale?: SegmentStackOptions['rescale'],
  ): Promise<void> {
    const place = join(out, folder);
    await mkdir(place, { recursive: true });
    const segmented = await segmentToFiles(segmenter, images, place, {
      onProgress: ({ section, sections, done, total }) => {
        onProgress({ phase: `segmenting ${what}`, detail: `section ${section + 1}/${sections}`, done, total });
      },
      ...(labels !== null && grey),
      rescale,
      ...(signal && { signal }),
    });
    const interior =
      labels === null || labelOffset === null
        ? segmented.interior
        : await maskOnLabels(segmented.probabilities, labelOffset);
    const title = `${config.network.name} on ${what}`;
    const { image } = await drawOverlay({ images, interior, labels, title });
    await writeFileAtomically(join(place, 'overlay.png'), await image.png({ compressionLevel: 9 }).toBuffer());
  }
}

/**
 * The scores of a run on its held-out sections, as `trainer:evaluate` prints them for the same files.
 *
 * @param run its folder, and where labels lie beside the images. @param prediction probabilities, in that folder.
 * @throws InvalidImageError where a section has no cell interior, so that nothing can be compared.
 */
export async function scoreHeldOut(
  { folder, labelOffset }: { readonly folder: string; readonly labelOffset: Offset | null },
  prediction: string,
  { onProgress, signal }: Reporter,
): Promise<Report> {
  const paths = { labels: join(folder, 'held-out/labels.tif'), prediction: join(folder, prediction) };
  const phase = 'scoring the held-out sections';
  const isPartial = (await readStack(paths.labels)).data.includes(IGNORED);
  return scorePrediction(
    await readStacks(paths, isPartial ? { ignore: IGNORED } : {}),
    { labelOffset },
    { signal, onSection: (done, total) => onProgress({ phase, done, total }) },
  );
}
