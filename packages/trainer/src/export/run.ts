import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { moveToLabels, sections, type GreyStack } from '@dilated-unet/core';
import { encodeTiffStack, IGNORED } from '@dilated-unet/stacks';
import type { TrainConfig } from '../config.ts';
import type { Dataset } from '../data/dataset.ts';
import { trainedGreyValues } from '../data/grey-values.ts';
import { compareWithLabels, predictStack } from '../run/evaluate.ts';
import type { FitScores, TrainResult } from '../run/events.ts';
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

/**
 * Writes the trained network as a graph-model with its card, and TensorFlow's own probabilities for the held-out sections
 * (the first section where nothing was held out), against which a converted model can be checked; and some sections of the
 * training, from which a form in integers takes its ranges.
 *
 * @returns how they fit the held-out labels; null where nothing was held out.
 */
export async function exportRun(
  options: ExportOptions,
): Promise<{ validation: FitScores | null; files: ExportedFiles }> {
  const { model, config, data, out, onSection } = options;
  const exported = await exportModel({
    network: model.network,
    weights: model.read(),
    normalisation: data.normalisation,
    normalise: data.normalise,
    greyValues: trainedGreyValues(data.train.images, data.normalisation, config.augmentation),
    pixelSize: data.pixelSize,
    directory: join(out, 'graph-model'),
  });

  const folder = join(out, config.holdOut > 0 ? 'held-out' : 'reference');
  const writeStack = async (name: string, stack: GreyStack, into = folder): Promise<string> => {
    await mkdir(into, { recursive: true });
    const path = join(into, name);
    await writeFileAtomically(path, await encodeTiffStack(stack, { compression: 'deflate' }));
    return path;
  };
  const images = data.heldOut?.images ?? sections(data.train.images, 0, 1);
  const probabilities = await predictStack(model, images, data, (done) => onSection(done, images.depth));
  const imagesPath = await writeStack('images.tif', images);
  const labelsPath = data.heldOut === null ? null : await writeStack('labels.tif', visible(data.heldOut.labels));
  await writeStack('images.tif', spread(data.train.images), join(out, 'calibration'));
  return {
    validation:
      data.heldOut === null
        ? null
        : compareWithLabels(moveToLabels(probabilities, data.labelOffset), data.heldOut.labels).validation,
    files: {
      ...exported,
      heldOutImages: data.heldOut === null ? null : imagesPath,
      heldOutLabels: labelsPath,
      referenceImages: imagesPath,
      referenceProbabilities: await writeStack('tensorflow-probabilities.tif', probabilities),
    },
  };
}

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
function visible(labels: GreyStack): GreyStack<Uint8Array> {
  return {
    ...labels,
    data: Uint8Array.from(labels.data, (value) => (value === IGNORED ? IGNORED : value > 0 ? 255 : 0)),
  };
}
