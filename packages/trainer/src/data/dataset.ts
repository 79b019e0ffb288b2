import {
  fitStack,
  InvalidImageError,
  InvalidOptionError,
  isDilatedUnetError,
  readableStack,
  type GreyStack,
  type Normalisation,
  type OwnNormalisation,
} from '@dilated-unet/core';
import { IGNORED } from '@dilated-unet/stacks';
import type { TrainConfig } from '../config/schema.ts';
import { stacksOf, type StackConfig } from '../config/stacks.ts';
import { dataHash, type DataHash } from './data-hash.ts';
import { trainedGreyValues } from './grey-values.ts';
import { requireUnseen } from './held-out-elsewhere.ts';
import { divideStack, requireTraining, type DividedStack, type HoldOut, type NormalisedSections } from './hold-out.ts';
import { phantom } from './phantom.ts';
import { pooledNormalisation } from './pooled-normalisation.ts';
import type { SampledStack } from './sampler.ts';
import type { TrainedSections } from './window-source.ts';
import { beyondMemory, MEMORY_LIMITS, type MemoryLimits, type SizedConfig } from './streamed/decide.ts';
import type { DividedConfig } from './streamed/load.ts';
import { commonPixelSize, testAtPixels, unlikePixels } from './pixel-size.ts';
import { readStacks } from './several-stacks.ts';
import type { Stacks } from './stacks.ts';

/** The data of a run. */
export interface Dataset {
  /** At least one, in order. */
  readonly stacks: readonly DividedStack[];
  /** Whether labels that are trained on have pixels that do not count, so that the loss must know of them. */
  readonly isPartial: boolean;
  /** Of all training sections together. */
  readonly normalisation: Normalisation;
  /** Set where each section is normalised by itself, and where each of several stacks is: what whoever uses the model does. */
  readonly normalise?: OwnNormalisation;
  /** Of all sections. */
  readonly hash: DataHash;
  /** Pixels of all sections, nanometres; null where nothing says them, or stacks differ in them. */
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
 * Reads or generates the data, and divides each stack into sections that are trained on and a block that is held out (see
 * `divideStack`), or holds it out as a whole.
 *
 * Stacks that take more than `limits.bytes` in all stay in their files (`loadStreamed`).
 *
 * @param onProgress called after each section of the phantom, after each of several stacks, and while a stack that stays in its files
 *   is looked through.
 * @throws InvalidOptionError as `requireTraining`, and when the window does not fit into the phantom.
 * @throws InvalidImageError as `readStacks`, `divideStack` and `requireUnseen` do, and where a test stack has not the grey values of the training
 *   sections.
 */
export async function loadDataset(
  config: DatasetConfig & Pick<HoldOut, 'onUnregistered'>,
  onProgress?: (done: number, total: number) => void,
  limits: MemoryLimits = MEMORY_LIMITS,
): Promise<Dataset> {
  const { data, window } = config;
  if (data.kind === 'phantom') {
    const holdOut = { ...config, name: null, labelsName: 'the phantom' };
    requireTraining({ depth: data.sections }, holdOut);
    if (window > data.size) {
      throw new InvalidOptionError('window', `must be at most ${data.size}, the side of a phantom's section`, window);
    }
    const { images, labels } = phantom({ ...data, ...(onProgress && { onProgress }) });
    const read = {
      labelKind: 'interior',
      boundaryWidth: null,
      reading: { labelKind: 'interior', zero: 0, other: 1 },
      pixelSize: null,
      notes: [],
      warnings: [],
      elsewhere: null,
      test: null,
    } as const;
    return divided([{ images, labels: binary(labels), ...read }], [holdOut], config);
  }
  const named: (DividedConfig & SizedConfig)[] = stacksOf(data).map((stack) => ({
    ...config,
    ...stack,
    labelsName: stack.labels,
  }));
  const beyond = await beyondMemory(named, limits);
  const how = { ...(onProgress && { onProgress }), ...(beyond !== null && { limits }) };
  const read = await readStacks(named, { ...config, testBytes: limits.bytes }, how);
  read.forEach(({ images, streamed }, k) => {
    const holdOut = named[k] as HoldOut;
    if (holdOut.heldOut !== true) requireTraining({ depth: streamed?.measured?.shape[0] ?? images.depth }, holdOut);
  });
  const loaded = divided(read, named, config);
  await requireUnseen(loaded.stacks, named);
  const note = `${beyond}: they stay in their files, of which only what each window needs is read.`;
  const dataset = beyond === null ? loaded : { ...loaded, notes: [note, ...loaded.notes] };
  const stacks: DividedStack[] = [];
  const notes = [...dataset.notes];
  for (const [k, stack] of dataset.stacks.entries()) {
    const sized = read[k]?.test ?? null;
    const seen = sized && (await testStack(sized, dataset, config, named[k] as DividedConfig));
    stacks.push({ ...stack, test: seen?.test ?? null });
    notes.push(...(seen?.notes ?? []));
  }
  return { ...dataset, stacks, notes };
}

/** A stack without labels as the model will see it, which knows its pixels only where all stacks have the same. */
async function testStack(
  sized: NonNullable<Stacks['test']>,
  dataset: Dataset,
  config: DatasetConfig,
  { name, test: path }: StackConfig,
): ReturnType<typeof testAtPixels> {
  const { test, notes } = await testAtPixels(sized, dataset.pixelSize, config, path as string);
  await requireLikeTraining(test, dataset, config, path as string);
  return { test, notes: notes.map((note) => (name === null ? note : `${name}: ${note}`)) };
}

/** `config` with what was left to the data, where that is the same in all stacks. */
export function decidedConfig<T extends Pick<TrainConfig, 'labelKind' | 'boundaryWidth'>>(config: T, data: Dataset): T {
  const [first, ...others] = data.stacks.map(({ labelKind, boundaryWidth }) => ({ labelKind, boundaryWidth }));
  const isSame = others.every((one) => JSON.stringify(one) === JSON.stringify(first));
  return isSame ? { ...config, ...first } : config;
}

/** The stacks of which a part is trained on. */
export function trainedStacks({
  stacks,
}: Pick<Dataset, 'stacks'>): readonly (DividedStack & { readonly train: NormalisedSections })[] {
  return stacks.flatMap(({ train, ...stack }) => (train === null ? [] : [{ ...stack, train }]));
}

/** What of the stacks that are trained on is in memory, in the order of `trainedStacks`. */
export function sampledStacks(data: Pick<Dataset, 'stacks'>): readonly SampledStack[] {
  return trainedStacks(data).map(({ train, labelOffset, weight }) => ({ train, ...train.by, labelOffset, weight }));
}

/** What the windows of the training are cut from, in the same order. */
export function windowedStacks(data: Pick<Dataset, 'stacks'>): readonly SampledStack<TrainedSections>[] {
  return trainedStacks(data).map(({ train, streamed, labelOffset, weight }) => ({
    train: streamed ?? { images: train.images, labels: train.labels },
    ...train.by,
    labelOffset,
    weight,
  }));
}

/** The test stack is segmented when all is trained; what would be refused then is refused now. */
async function requireLikeTraining(
  test: GreyStack,
  dataset: Dataset,
  { augmentation }: DatasetConfig,
  path: string,
): Promise<void> {
  const images = trainedStacks(dataset).map(({ train }) => train.images);
  const greyValues = trainedGreyValues(images, dataset.normalisation, augmentation);
  await fitStack(readableStack(test), { ...dataset, greyValues }, {}).catch((cause: unknown) => {
    if (!isDilatedUnetError(cause)) throw cause;
    throw new InvalidImageError(
      `${path}: this stack is segmented after the training, and would be refused then. ${cause.message} The training has no ` +
        'such options: move the file out of the folder of the training stacks, and segment it with the trained model.',
      { cause },
    );
  });
}

function divided(
  read: readonly Stacks[],
  holdOuts: readonly HoldOut[],
  { normalise }: Pick<DatasetConfig, 'normalise'>,
): Dataset {
  const stacks = read.map((stack, k) => divideStack(stack, holdOuts[k] as HoldOut));
  const trained = trainedStacks({ stacks });
  const own = normalise === 'model' ? (stacks.length > 1 ? 'stack' : undefined) : normalise;
  return {
    stacks,
    isPartial: trained.some(({ train, streamed }) =>
      streamed === null ? train.labels.data.includes(IGNORED) : streamed.positions !== null,
    ),
    normalisation: pooledNormalisation(
      trained.map(({ train: { images, by } }) => ({ normalisation: by.normalisation, pixels: images.data.length })),
    ),
    ...(own && { normalise: own }),
    hash: dataHash(read),
    pixelSize: commonPixelSize(read),
    notes: [...read.flatMap(({ notes }) => notes), ...unlikePixels(read)],
    warnings: read.flatMap(({ warnings }) => warnings),
  };
}

function binary(labels: GreyStack<Uint8Array>): GreyStack<Uint8Array> {
  return { ...labels, data: labels.data.map((value) => Math.min(value, 1)) };
}
