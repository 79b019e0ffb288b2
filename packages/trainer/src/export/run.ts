import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { moveToLabels, sections, type GreyStack, type NormalisingModel } from '@dilated-unet/core';
import { encodeTiffStack, IGNORED } from '@dilated-unet/stacks';
import type { TrainConfig } from '../config/schema.ts';
import { sampledStacks, trainedStacks, type Dataset } from '../data/dataset.ts';
import type { DividedStack } from '../data/hold-out.ts';
import { trainedGreyValues } from '../data/grey-values.ts';
import { comparison, predictStack, sumsOf, type ComparisonSums } from '../run/evaluate.ts';
import type { FitScores, ReferenceFiles, StackResult, TrainResult } from '../run/events.ts';
import { writeFileAtomically } from '@dilated-unet/host';
import type { TrainableModel } from '../model/model.ts';
import { exportModel } from './model.ts';

export interface ExportOptions {
  /** With the weights that are to be exported. */
  readonly model: TrainableModel;
  readonly config: TrainConfig;
  readonly data: Dataset;
  /** Run folder. */
  readonly out: string;
  /** Called after each section that TensorFlow predicted. */
  readonly onSection: (done: number, total: number) => void;
}

type ExportedFiles = Omit<TrainResult['files'], 'lastCheckpoint' | 'bestCheckpoint' | 'log'>;

/** What TensorFlow predicted of a stack. */
export type ExportedStack = Pick<StackResult, 'validation' | 'reference'>;

export interface ExportedRun {
  /** How the probabilities fit the held-out labels of all stacks together; null where nothing was held out. */
  readonly validation: FitScores | null;
  /** In the order of the data's. */
  readonly stacks: readonly ExportedStack[];
  readonly files: ExportedFiles;
}

/**
 * Writes the trained network as a graph-model with its card, and TensorFlow's own probabilities for the held-out sections
 * (the first section where nothing was held out), against which a converted model can be checked; and some sections of the
 * training, from which a form in integers takes its ranges.
 */
export async function exportRun(options: ExportOptions): Promise<ExportedRun> {
  const { model, config, data, out, onSection } = options;
  const trained = trainedStacks(data);
  const images = trained.map(({ train }) => train.images);
  const exported = await exportModel({
    network: model.network,
    weights: model.read(),
    normalisation: data.normalisation,
    normalise: data.normalise,
    greyValues: trainedGreyValues(images, data.normalisation, config.augmentation),
    pixelSize: data.pixelSize,
    directory: join(out, 'graph-model'),
  });

  const total = data.stacks.reduce((sum, { heldOut }) => sum + (heldOut?.images.depth ?? 0), 0);
  let done = 0;
  const sums: ComparisonSums[] = [];
  const stacks: ExportedStack[] = [];
  for (const { name, heldOut, labelOffset } of data.stacks) {
    if (heldOut === null) {
      stacks.push({ validation: null, reference: null });
      continue;
    }
    const folder = name === null ? join(out, HELD_OUT) : join(out, HELD_OUT, name);
    const before = done;
    const probabilities = await predictStack(model, heldOut.images, heldOut.by, (section) =>
      onSection((done = before + section), total),
    );
    const own = sumsOf(moveToLabels(probabilities, labelOffset), heldOut.labels);
    sums.push(own);
    const reference = await writeReference(folder, { ...heldOut, probabilities });
    stacks.push({ validation: comparison([own]).validation, reference });
  }
  if (total === 0) stacks[0] = { validation: null, reference: await writeFirstSection(options) };
  const [most] = trained.toSorted((a, b) => pixels(b) - pixels(a));
  if (most !== undefined) await writeStack(join(out, 'calibration', 'images.tif'), spread(most.train.images));
  return { validation: sums.length === 0 ? null : comparison(sums).validation, stacks, files: exported };
}

/** Folder of what was held out, in that of the run; of several stacks each has one in it. */
const HELD_OUT = 'held-out';

async function writeFirstSection({ model, data, out, onSection }: ExportOptions): Promise<ReferenceFiles> {
  const [stack] = sampledStacks(data) as [ReturnType<typeof sampledStacks>[number]];
  const images = sections(stack.train.images, 0, 1);
  // Of several stacks each is normalised by what there is of it.
  const by: NormalisingModel = data.normalise === undefined ? stack : { ...data };
  const probabilities = await predictStack(model, images, by, (done) => onSection(done, 1));
  return writeReference(join(out, 'reference'), { images, labels: null, probabilities });
}

async function writeReference(
  folder: string,
  stacks: {
    readonly images: GreyStack;
    readonly labels: GreyStack<Uint8Array> | null;
    readonly probabilities: GreyStack;
  },
): Promise<ReferenceFiles> {
  const { images, labels, probabilities } = stacks;
  return {
    folder,
    images: await writeStack(join(folder, 'images.tif'), images),
    labels: labels === null ? null : await writeStack(join(folder, 'labels.tif'), visible(labels)),
    probabilities: await writeStack(join(folder, 'tensorflow-probabilities.tif'), probabilities),
  };
}

async function writeStack(path: string, stack: GreyStack): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFileAtomically(path, await encodeTiffStack(stack, { compression: 'deflate' }));
  return path;
}

const pixels = ({ train }: { readonly train: DividedStack['train'] }): number => train?.images.data.length ?? 0;

/** Sections that a form in integers takes its ranges from: as many as tell what others do (docs/packages.md), evenly spread. */
const CALIBRATION_SECTIONS = 4;

function spread({ data, ...stack }: GreyStack): GreyStack {
  const depth = Math.min(CALIBRATION_SECTIONS, stack.depth);
  const size = stack.width * stack.height;
  const chosen = data.slice(0, depth * size);
  for (let k = 0; k < depth; k++) {
    const z = Math.floor(((k + 0.5) * stack.depth) / depth);
    chosen.set(data.subarray(z * size, (z + 1) * size), k * size);
  }
  return { ...stack, depth, data: chosen };
}

/** Labels as they are looked at: 255 interior, 0 membrane, `IGNORED` where they do not count. */
function visible(labels: GreyStack<Uint8Array>): GreyStack<Uint8Array> {
  return { ...labels, data: labels.data.map((value) => (value === IGNORED ? IGNORED : value > 0 ? 255 : 0)) };
}
