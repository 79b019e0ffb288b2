import {
  countedSections,
  fitStack,
  InvalidImageError,
  InvalidOptionError,
  isDilatedUnetError,
  labelOffset,
  readableStack,
  sections,
  stackNormalisation,
  type GreyStack,
  type LabelOffset,
  type Normalisation,
} from '@dilated-unet/core';
import { IGNORED, sectionsText, type LabelKind } from '@dilated-unet/stacks';
import type { TrainConfig } from '../config.ts';
import { dataHash, type DataHash } from './data-hash.ts';
import { trainedGreyValues } from './grey-values.ts';
import { takeSections } from './labelled-sections.ts';
import { montageNormalisation } from './montage.ts';
import { phantom } from './phantom.ts';
import { loadStacks, type LabelledStack, type Stacks } from './stacks.ts';

/** The data of a run. */
export interface Dataset {
  /** Those sections that are not held out and have a pixel that counts: of others, nothing is looked at. */
  readonly train: LabelledStack;
  /** Whether labels of `train` have pixels that do not count, so that the loss must know of them. */
  readonly isPartial: boolean;
  /** The sections that are evaluated and never trained on, in some of which no pixel may count; null when nothing is held out. */
  readonly heldOut: LabelledStack | null;
  /** Where the sections of `train` and `heldOut` lie in the stack, from 0. */
  readonly places: { readonly train: readonly number[]; readonly heldOut: readonly number[] };
  /** A stack without labels; null where there is none. */
  readonly test: GreyStack | null;
  /** Of the training sections alone. */
  readonly normalisation: Normalisation;
  /** Set where each section is normalised by itself. */
  readonly normalise?: 'section';
  /** Where labels lie beside the images, as the training sections alone say; null where it was not asked for. */
  readonly labelOffset: LabelOffset | null;
  /** Of all sections. */
  readonly hash: DataHash;
  /** What the labels are, and how wide membranes that were made of instances, pixels: what `auto` and null stood for. */
  readonly labelKind: LabelKind;
  readonly boundaryWidth: number | null;
  /** Pixels of all sections, nanometres; null where nothing says them. */
  readonly pixelSize: Stacks['pixelSize'];
  /** How the labels were read, where that was decided by what they are. */
  readonly notes: readonly string[];
  /** What looks wrong with the stacks and may be right: see `labelWarnings` of stacks. */
  readonly warnings: readonly string[];
}

/** What of a configuration says which data a run has. */
export type DatasetConfig = Pick<
  TrainConfig,
  | 'augmentation'
  | 'boundaryWidth'
  | 'data'
  | 'dataPixelSize'
  | 'holdOut'
  | 'holdOutFrom'
  | 'ignore'
  | 'ignoreSections'
  | 'init'
  | 'labelKind'
  | 'normalise'
  | 'pixelSize'
  | 'registerLabels'
  | 'sampling'
  | 'window'
>;

/**
 * Reads or generates the data, and holds out a block of `holdOut` sections: neighbouring sections look alike and would tell
 * on each other. Sections in which no pixel counts are passed over: a run is that of the stack without them, but that the block is
 * counted in the stack with them.
 *
 * @param onProgress called after each section of the phantom.
 * @throws InvalidOptionError when no section would be left to train on, the block leaves the stack, or the window does not
 *   fit into the phantom.
 * @throws InvalidImageError as `loadStacks` does, when all sections with labels are held out, or none of those that are has labels, where the test stack has not the grey values of the training sections, and as `labelOffset` of core where labels are to be registered.
 */
export async function loadDataset(
  config: DatasetConfig,
  onProgress?: (done: number, total: number) => void,
): Promise<Dataset> {
  const { data, window } = config;
  if (data.kind === 'phantom') {
    requireTraining(data.sections, config);
    if (window > data.size) {
      throw new InvalidOptionError('window', `must be at most ${data.size}, the side of a phantom's section`, window);
    }
    const { images, labels } = phantom({ ...data, ...(onProgress && { onProgress }) });
    const read = { labelKind: 'interior', boundaryWidth: null, pixelSize: null, notes: [], warnings: [] } as const;
    return split({ images, labels: binary(labels), test: null, ...read }, config);
  }
  const stacks = await loadStacks(data, config);
  requireTraining(stacks.images.depth, config);
  const dataset = split(stacks, config);
  if (data.test !== undefined) await requireLikeTraining(dataset, config, data.test);
  return dataset;
}

/** The test stack is segmented when all is trained; what would be refused then is refused now. */
async function requireLikeTraining(
  { train, test, ...normalising }: Dataset,
  { augmentation }: DatasetConfig,
  path: string,
): Promise<void> {
  if (test === null) return;
  const greyValues = trainedGreyValues(train.images, normalising.normalisation, augmentation);
  const model = { ...normalising, greyValues };
  await fitStack(readableStack(test), model, {}).catch((cause: unknown) => {
    if (!isDilatedUnetError(cause)) throw cause;
    throw new InvalidImageError(
      `${path}: this stack is segmented after the training, and would be refused then. ${cause.message} The training has no ` +
        'such options: move the file out of the folder of the training stacks, and segment it with the trained model.',
      { cause },
    );
  });
}

function split({ images, labels, test, ...read }: Stacks, config: DatasetConfig): Dataset {
  const { data, holdOut, holdOutFrom, normalise, sampling, registerLabels } = config;
  const from = holdOutFrom ?? images.depth - holdOut;
  const to = from + holdOut;
  const labelled = countedSections(labels, { ignore: IGNORED });
  const trained = labelled.filter((z) => z < from || z >= to);
  requireLabelled(labelled, trained, { from, to });
  const train = { images: takeSections(images, trained), labels: takeSections(labels, trained) };
  const heldOut = Array.from({ length: holdOut }, (_, k) => from + k);
  return {
    train,
    places: { train: trained, heldOut },
    isPartial: train.labels.data.includes(IGNORED),
    heldOut: holdOut === 0 ? null : { images: sections(images, from, to), labels: sections(labels, from, to) },
    test,
    normalisation: sampling === 'montage' ? montageNormalisation(train.images) : stackNormalisation(train.images),
    ...(normalise !== 'model' && { normalise }),
    labelOffset: registerLabels ? offsetOf(train, data.kind === 'phantom' ? 'the phantom' : data.labels) : null,
    hash: dataHash({ images, labels }),
    ...read,
  };
}

/** @param name how messages name the labels. */
function offsetOf({ images, labels }: LabelledStack, name: string): LabelOffset {
  try {
    return labelOffset(images, labels, { ignore: IGNORED });
  } catch (cause) {
    if (!isDilatedUnetError(cause)) throw cause;
    throw new InvalidImageError(`${name}: ${cause.message} Labels as they lie: \`registerLabels: false\`.`, { cause });
  }
}

function binary(labels: GreyStack<Uint8Array>): GreyStack<Uint8Array> {
  return { ...labels, data: labels.data.map((value) => Math.min(value, 1)) };
}

/** @param labelled places of all sections with labels. @param trained of those that are trained on. */
function requireLabelled(
  labelled: readonly number[],
  trained: readonly number[],
  { from, to }: { readonly from: number; readonly to: number },
): void {
  if (trained.length > 0 && (from === to || trained.length < labelled.length)) return;
  const held = sectionsText(Array.from({ length: to - from }, (_, k) => from + k));
  const why =
    trained.length === 0
      ? 'no other has a label: nothing is left to train on'
      : 'none of them has a label: there would be nothing to score';
  throw new InvalidImageError(
    `Held out: ${held}; ${why}. Labels are in ${sectionsText(labelled)}. Hold others out (\`holdOut\`, and \`holdOutFrom\`, which ` +
      'counts from 0).',
  );
}

function requireTraining(depth: number, { holdOut, holdOutFrom }: DatasetConfig): void {
  if (!(Number.isInteger(holdOut) && holdOut >= 0 && holdOut < depth)) {
    throw new InvalidOptionError(
      'holdOut',
      `must be an integer from 0 to ${depth - 1}: at least one of the ${depth} sections is trained on`,
      holdOut,
    );
  }
  const last = depth - holdOut;
  if (holdOutFrom === undefined || (Number.isInteger(holdOutFrom) && holdOutFrom >= 0 && holdOutFrom <= last)) return;
  throw new InvalidOptionError(
    'holdOutFrom',
    `must be an integer from 0 to ${last}: the stack has ${depth} sections, counted from 0, and ${holdOut} are held out`,
    holdOutFrom,
  );
}
