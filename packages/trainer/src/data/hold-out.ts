import {
  countedSections,
  InvalidImageError,
  InvalidOptionError,
  isDilatedUnetError,
  labelOffset,
  sections,
  stackNormalisation,
  stackNormalisations,
  tissueNormalisation,
  type GreyStack,
  type LabelOffset,
  type Normalisation,
  type NormalisingModel,
} from '@dilated-unet/core';
import { IGNORED, sectionsText } from '@dilated-unet/stacks';
import type { TrainConfig } from '../config/schema.ts';
import { countedTable } from './counted-positions.ts';
import { takeSections } from './labelled-sections.ts';
import { montageNormalisation } from './montage.ts';
import type { LabelledStack, Stacks } from './stacks.ts';
import type { StreamedSections } from './streamed/sections.ts';
import type { MeasuredStack, StreamedStack } from './streamed/stack.ts';

/** Sections, and what they are normalised by. */
export interface NormalisedSections extends LabelledStack {
  readonly by: NormalisingModel;
  /** Of each section, where these are parts of sections that are normalised by themselves: as the whole one is. @default as `by` says */
  readonly normalisations?: readonly Normalisation[] | undefined;
}

/** A stack of a run, as the run divides it. */
export interface DividedStack extends Pick<Stacks, 'labelKind' | 'boundaryWidth' | 'pixelSize'> {
  /** Null where the run has one stack. */
  readonly name: string | null;
  /** Those sections that are not held out and have a pixel that counts: of others, nothing is looked at; null where all are held out. */
  readonly train: NormalisedSections | null;
  /** Where its windows are cut from, where that is not `train`: the files. `train` is then what of the stack is in memory, or parts of it. */
  readonly streamed: StreamedSections | null;
  /** Of each section of `train`, where these are parts of sections: which one it is of, from 0; else null. */
  readonly partPlaces: readonly number[] | null;
  /** Sections that are evaluated and never trained on, in some of which no pixel may count; null when there are none. */
  readonly heldOut: NormalisedSections | null;
  /** Where the sections of `train` and `heldOut` lie in the stack, from 0. */
  readonly places: { readonly train: readonly number[]; readonly heldOut: readonly number[] };
  /** The stack without labels: raw grey values, in `Dataset` at the pixels that the model will know; null where none was named. */
  readonly test: GreyStack | null;
  /** See `SampledStack`. */
  readonly weight?: number | undefined;
  /** Where labels lie beside the images, as the training sections alone say, or all where none is trained on; null where it was not asked for. */
  readonly labelOffset: LabelOffset | null;
}

/** How a stack is divided. */
export interface HoldOut extends Pick<
  TrainConfig,
  'holdOut' | 'holdOutFrom' | 'normalise' | 'registerLabels' | 'sampling' | 'window'
> {
  /** Null where the run has one stack. */
  readonly name: string | null;
  /** Whether all sections are held out. @default false */
  readonly heldOut?: boolean | undefined;
  readonly weight?: number | undefined;
  /** How messages name the labels. */
  readonly labelsName: string;
  /** Is told, in place of an error, that labels cannot be registered: they are then taken as they lie. */
  readonly onUnregistered?: ((message: string) => void) | undefined;
}

/**
 * Holds out a block of `holdOut` sections: neighbouring sections look alike and would tell on each other. Sections in which no pixel
 * counts are passed over: a run is that of the stack without them, but that the block is counted in the stack with them.
 *
 * @throws InvalidImageError when all sections with labels are held out, or none of those that are has labels, and as `labelOffset` of
 *   core where labels are to be registered, with what mends them where that was seen; InvalidOptionError as `requireTraining`.
 */
export function divideStack(stack: Stacks, options: HoldOut): DividedStack {
  const { images, labels, test, labelKind, boundaryWidth, pixelSize, streamed } = stack;
  const { name, heldOut: isHeldOut = false, weight, normalise, sampling, registerLabels, window } = options;
  const measured = streamed?.measured ?? null;
  const depth = measured?.shape[0] ?? images.depth;
  const { from, to } = blockOf(depth, options);
  const divided = measured === null ? divideInMemory(stack, options) : { ...measured, measured: { images, labels } };
  const { measured: train, heldOut: held, places } = divided;
  // Of several stacks each is normalised by what there is of it, in use too.
  const normalisationOf =
    name !== null ? tissueNormalisation : sampling === 'montage' ? montageNormalisation : stackNormalisation;
  const by = (of: GreyStack): NormalisingModel => ({
    normalisation: normalisationOf(of),
    ...(normalise === 'section' && { normalise }),
  });
  const normalised = isHeldOut
    ? null
    : { ...train, by: by(train.images), normalisations: measured === null ? undefined : partNormalisations(measured) };
  return {
    name,
    train: normalised,
    streamed:
      streamed === undefined || normalised === null ? null : streamedSections(streamed, normalised, places, window),
    partPlaces: measured?.partPlaces ?? null,
    heldOut: held && { ...held, by: by(name === null ? train.images : held.images) },
    places: { train: places, heldOut: Array.from({ length: to - from }, (_, k) => from + k) },
    test: test?.stack ?? null,
    weight,
    labelOffset: registerLabels ? offsetOf(train, stack, options) : null,
    labelKind,
    boundaryWidth,
    pixelSize,
  };
}

/** Of each part that of its section, where sections are normalised by themselves. */
function partNormalisations({
  partPlaces,
  places,
  normalisations,
}: MeasuredStack): NormalisedSections['normalisations'] {
  return normalisations === null
    ? undefined
    : partPlaces.map((z) => normalisations[places.indexOf(z)] as Normalisation);
}

/** A stack in memory: what is trained on, or all with labels where nothing is, and what is held out. */
function divideInMemory(
  { images, labels }: LabelledStack,
  options: HoldOut,
): {
  readonly measured: LabelledStack;
  readonly heldOut: LabelledStack | null;
  readonly places: readonly number[];
} {
  const labelled = countedSections(labels, { ignore: IGNORED });
  const { from, to, trained } = divisionOf(images.depth, labelled, options);
  const places = options.heldOut === true ? labelled : trained;
  return {
    measured: { images: takeSections(images, places), labels: takeSections(labels, places) },
    heldOut: from === to ? null : { images: sections(images, from, to), labels: sections(labels, from, to) },
    places: options.heldOut === true ? [] : trained,
  };
}

/** The block that is held out of a stack of `depth` sections. */
function blockOf(
  depth: number,
  { heldOut = false, holdOut, holdOutFrom }: HoldOut,
): { readonly from: number; readonly to: number } {
  if (heldOut) return { from: 0, to: depth };
  const from = holdOutFrom ?? depth - holdOut;
  return { from, to: from + holdOut };
}

/** Which sections of a stack are held out, and which of those with labels are trained on. */
export interface Division {
  /** First section that is held out, and the one after the last. */
  readonly from: number;
  readonly to: number;
  readonly trained: readonly number[];
}

/** @param labelled places of all sections with labels. @throws InvalidImageError as `divideStack`. */
export function divisionOf(depth: number, labelled: readonly number[], options: HoldOut): Division {
  const { from, to } = blockOf(depth, options);
  const trained = labelled.filter((z) => z < from || z >= to);
  if (options.heldOut !== true) requireLabelled(options.name, labelled, trained, { from, to });
  return { from, to, trained };
}

/** What windows are cut from, of a stack that stays in its files. @param train what of it is in memory. */
function streamedSections(
  { files, measured }: StreamedStack,
  { images, labels, by }: NormalisedSections,
  places: readonly number[],
  window: number,
): StreamedSections {
  if (measured !== null)
    return { files, places, positions: measured.positions, normalisations: measured.normalisations };
  return {
    files,
    places,
    positions: labels.data.includes(IGNORED) ? countedTable(labels, window) : null,
    normalisations: by.normalise === 'section' ? stackNormalisations(images, by) : null,
  };
}

/** @param stack what was seen of all its sections, which says more than those that are trained on: what to mend. */
function offsetOf(
  { images, labels }: LabelledStack,
  { elsewhere }: Pick<Stacks, 'elsewhere'>,
  { labelsName, onUnregistered }: Pick<HoldOut, 'labelsName' | 'onUnregistered'>,
): LabelOffset | null {
  try {
    return labelOffset(images, labels, { ignore: IGNORED });
  } catch (cause) {
    if (!isDilatedUnetError(cause)) throw cause;
    const message = elsewhere ?? `${labelsName}: ${cause.message} Labels as they lie: \`registerLabels: false\`.`;
    if (onUnregistered === undefined) throw new InvalidImageError(message, { cause });
    onUnregistered(message);
    return null;
  }
}

/** @param labelled places of all sections with labels. @param trained of those that are trained on. */
function requireLabelled(
  name: string | null,
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
    `${name === null ? 'Held out' : `${name}: held out`}: ${held}; ${why}. Labels are in ${sectionsText(labelled)}. Hold others out ` +
      '(`holdOut`, and `holdOutFrom`, which counts from 0).',
  );
}

/**
 * Whether a block can be held out of a stack.
 *
 * @throws InvalidOptionError when no section would be left to train on, or the block leaves the stack.
 */
export function requireTraining(
  { depth }: Pick<GreyStack, 'depth'>,
  { holdOut, holdOutFrom, name }: Pick<HoldOut, 'holdOut' | 'holdOutFrom' | 'name'>,
): void {
  const [of, instead] = name === null ? ['', ''] : [` of ${name}`, ' (`holdOutStack` holds out all of a stack)'];
  if (!(Number.isInteger(holdOut) && holdOut >= 0 && holdOut < depth)) {
    throw new InvalidOptionError(
      'holdOut',
      `must be an integer from 0 to ${depth - 1}: at least one of the ${depth} sections${of} is trained on${instead}`,
      holdOut,
    );
  }
  const last = depth - holdOut;
  if (holdOutFrom === undefined || (Number.isInteger(holdOutFrom) && holdOutFrom >= 0 && holdOutFrom <= last)) return;
  throw new InvalidOptionError(
    'holdOutFrom',
    `must be an integer from 0 to ${last}: ${name ?? 'the stack'} has ${depth} sections, counted from 0, and ${holdOut} are held out`,
    holdOutFrom,
  );
}
