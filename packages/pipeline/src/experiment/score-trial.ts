import { mkdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { asTrained, averageOverSymmetries, sections, type GreyStack, type Segmenter } from '@dilated-unet/core';
import { writeFileAtomically } from '@dilated-unet/host';
import { readSizedLabels, readSizedStack, readStack, type SizedStack } from '@dilated-unet/stacks/node';
import { encodeTiffStack, interpretLabels } from '@dilated-unet/stacks';
import type { Report } from '../scoring/report.ts';
import type { Reporter, Services } from '../run/services.ts';
import { scoreHeldOut } from '../run/score-held-out.ts';
import { rescaleAfter, segmentToFiles } from '../run/segment.ts';
import type { DataPaths } from '../run/settings.ts';
import type { Summary } from '../run/summary.ts';
import type { TrialResult } from './results.ts';

/** A run that is whole and waits to be scored. */
export interface FinishedRun {
  /** Absolute path of the trial's folder. */
  readonly folder: string;
  readonly summary: Summary;
  /** The stacks that it was trained on. */
  readonly stacks: () => Promise<DataPaths>;
  /** Score the mean over the eight symmetries as well. */
  readonly symmetries: boolean;
  readonly services: Services;
  readonly watch: Reporter;
}

/** Sections that are shown of a stack that was trained on as a whole. */
const SHOWN = 6;

/** What scoring adds to a run: its scores on the held-out sections, and the sections that its pictures show. */
export async function scoreTrial(run: FinishedRun): Promise<Pick<TrialResult, 'heldOut' | 'files'>> {
  const { folder, summary } = run;
  const { data, holdOut } = summary.config;
  const shown = holdOut > 0 ? 'held-out' : await segmentTrained(run);
  const test = data.kind === 'stacks' && 'test/probabilities.tif' in summary.files ? data.test : undefined;
  const files = {
    images: `${shown}/images.tif`,
    labels: `${shown}/labels.tif`,
    probabilities: `${shown}/probabilities.tif`,
    testImages: test === undefined ? null : relative(folder, test),
    testProbabilities: test === undefined ? null : 'test/probabilities.tif',
  };
  if (holdOut === 0) return { heldOut: null, files };
  const { labelOffset } = summary;
  const held = { labels: join(folder, files.labels), prediction: join(folder, files.probabilities), labelOffset };
  const plain = summary.heldOut ?? (await scoreHeldOut(held, run.watch));
  const symmetries = run.symmetries ? await evaluateSymmetries(run) : null;
  return { heldOut: { plain, symmetries }, files };
}

/** Segments the first sections of a stack that has no held-out ones. @returns the folder, in that of the trial. */
async function segmentTrained(run: FinishedRun): Promise<string> {
  const paths = await run.stacks();
  const { stack, ...stored } = await readSizedStack(paths.images, paths.select);
  const images = first(stack);
  const ids = await readSizedLabels(paths.labels, { level: paths.select?.level });
  const labels = first(interpretLabels(ids.stack, run.summary.config, { name: paths.labels }).labels);
  const visible = { ...labels, data: labels.data.map((value) => (value > 0 ? 255 : 0)) };
  const folder = 'trained-on';
  await mkdir(join(run.folder, folder), { recursive: true });
  for (const [name, stack] of [
    ['images.tif', images],
    ['labels.tif', visible],
  ] as const) {
    await writeFileAtomically(join(run.folder, folder, name), await encodeTiffStack(stack, { compression: 'deflate' }));
  }
  const what = `${images.depth} sections that were trained on`;
  await segment(run, images, folder, (segmenter) => segmenter, what, stored);
  return folder;
}

function first(stack: GreyStack): GreyStack {
  return sections(stack, 0, Math.min(SHOWN, stack.depth));
}

async function evaluateSymmetries(run: FinishedRun): Promise<Report> {
  const { folder, summary, watch } = run;
  const images = await readStack(join(folder, 'held-out/images.tif'));
  await segment(run, images, 'held-out-symmetries', averageOverSymmetries, 'the held-out sections in eight symmetries');
  const { labelOffset } = summary;
  const labels = join(folder, 'held-out/labels.tif');
  return scoreHeldOut(
    { labels, prediction: join(folder, 'held-out-symmetries/probabilities.tif'), labelOffset },
    watch,
  );
}

/** @param stored what the file of the images states, where they are as it has them. @default at the pixels of the training */
async function segment(
  { folder, services, watch, summary }: FinishedRun,
  images: GreyStack,
  into: string,
  change: (segmenter: Segmenter) => Segmenter,
  what: string,
  stored?: Pick<SizedStack, 'pixelSize'>,
): Promise<void> {
  const place = join(folder, into);
  await mkdir(place, { recursive: true });
  const segmenter = await services.loadSegmenter(join(folder, 'model.onnx'));
  try {
    await segmentToFiles(change(segmenter), images, place, {
      // Held out of the training's own stack: what they are like is no reason to refuse them.
      ...asTrained(segmenter.card, images),
      rescale: stored && rescaleAfter(summary.config, segmenter, stored.pixelSize),
      onProgress: ({ done, total }) => watch.onProgress({ phase: `segmenting ${what}`, done, total }),
      ...(watch.signal && { signal: watch.signal }),
    });
  } finally {
    await segmenter.dispose();
  }
}
