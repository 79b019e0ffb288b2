import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { asTrained, type GreyStack, type Offset } from '@dilated-unet/core';
import { writeFileAtomically } from '@dilated-unet/host';
import type { SegmentStackOptions } from '@dilated-unet/runtime-node';
import { readSizedStack, readStack } from '@dilated-unet/stacks/node';
import { stacksOf, type ReferenceFiles, type TrainResult } from '@dilated-unet/trainer';
import { verifyModel } from '@dilated-unet/tools';
import type { Reporter, Services } from './services.ts';
import { drawOverlay } from '../pictures/overlay.ts';
import { scoreStacks, type StackScores } from './score-held-out.ts';
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
export interface ModelFindings extends StackScores {
  /** Largest difference between a probability of the ONNX model and TensorFlow's. */
  readonly maxDifference: number;
}

/**
 * Loads the model in the runtime, checks it against TensorFlow, segments the held-out sections (into `held-out/`) and the
 * test stacks (into `test/`), with an overlay of each, and scores the held-out sections.
 *
 * @throws StageError
 */
export async function useModel({ model, trained, out, services, clock, watch }: ModelUse): Promise<ModelFindings> {
  const { config } = trained;
  const { onProgress, signal } = watch;
  const segmenter = await clock.run('load', () => services.loadSegmenter(model));
  const references = trained.stacks.flatMap(({ reference, ...stack }) =>
    reference === null ? [] : [{ ...stack, ...reference }],
  );
  const heldOut = references.flatMap(({ labels, ...reference }) => (labels === null ? [] : [{ ...reference, labels }]));
  try {
    const maxDifference = await clock.run('verify', async () => {
      const differences: number[] = [];
      for (const reference of references) differences.push(await verify(reference));
      return Math.max(...differences);
    });
    await clock.run('segment', async () => {
      for (const { name, labelOffset, ...files } of heldOut) {
        const [images, labels] = [await readStack(files.images), await readStack(files.labels)];
        const what = `the ${images.depth} held-out sections${name === null ? '' : ` of ${name}`}`;
        await segment(images, { labels, labelOffset }, files.folder, what);
      }
      for (const { name, test, select } of stacksOf(config.data)) {
        if (test === undefined) continue;
        const [folder, what] = name === null ? ['', 'the test stack'] : [name, `the test stack of ${name}`];
        const { stack, pixelSize } = await readSizedStack(test, select);
        const rescale = rescaleAfter(config, segmenter, pixelSize);
        await segment(stack, null, join(out, 'test', folder), what, rescale);
      }
    });
    const none = { heldOut: null, perStack: [] };
    return {
      maxDifference,
      ...(heldOut.length === 0 ? none : await clock.run('score', () => scoreStacks(heldOut, watch))),
    };
  } finally {
    await segmenter.dispose();
  }

  async function verify(files: Pick<ReferenceFiles, 'images' | 'probabilities'>): Promise<number> {
    const images = await readStack(files.images);
    const expected = await readStack(files.probabilities);
    const grey = asTrained(segmenter.card, images);
    const phase = 'checking ONNX against TensorFlow';
    return verifyModel({
      segmenter: { segmentWhole: (image) => segmenter.segmentWhole(image, grey) },
      images,
      expected: { ...expected, data: Float32Array.from(expected.data) },
      onSection: (done, total) => onProgress({ phase, done, total }),
    });
  }

  async function segment(
    images: GreyStack,
    labelled: { readonly labels: GreyStack; readonly labelOffset: Offset | null } | null,
    place: string,
    what: string,
    rescale?: SegmentStackOptions['rescale'],
  ): Promise<void> {
    await mkdir(place, { recursive: true });
    const segmented = await segmentToFiles(segmenter, images, place, {
      onProgress: ({ section, sections, done, total }) => {
        onProgress({ phase: `segmenting ${what}`, detail: `section ${section + 1}/${sections}`, done, total });
      },
      // Sections of the training's own stacks: what they are like is no reason to refuse them.
      ...(labelled !== null && asTrained(segmenter.card, images)),
      rescale,
      ...(signal && { signal }),
    });
    const { labels, labelOffset } = labelled ?? { labels: null, labelOffset: null };
    const interior =
      labelOffset === null ? segmented.interior : await maskOnLabels(segmented.probabilities, labelOffset);
    const title = `${config.network.name} on ${what}`;
    const { image } = await drawOverlay({ images, interior, labels, title });
    await writeFileAtomically(join(place, 'overlay.png'), await image.png({ compressionLevel: 9 }).toBuffer());
  }
}
