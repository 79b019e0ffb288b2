import {
  decidePixelSize,
  differs,
  InvalidImageError,
  isBelievable,
  pixelText,
  resampledSize,
  resampleLabels,
  type GreyStack,
  type PixelSides,
  type Size,
} from '@dilated-unet/core';
import { IGNORED, readWhole, resampledSource, stackSource } from '@dilated-unet/stacks';
import type { SizedStack } from '@dilated-unet/stacks/node';
import type { TrainConfig } from '../config/schema.ts';
import type { Stacks } from './stacks.ts';

/** What of a configuration says at which pixels a network is trained. */
export interface PixelSizeOptions extends Partial<Pick<TrainConfig, 'pixelSize' | 'dataPixelSize'>> {
  readonly init?: Pick<NonNullable<TrainConfig['init']>, 'pixelSize'> | undefined;
}

/** The pixels of a training. */
export interface TrainingPixels {
  /** Those that the network sees, nanometres; null where nothing says them. */
  readonly pixelSize: PixelSides | null;
  /** Sides of the sections that it sees. */
  readonly size: Size;
  /** What was decided, a line for the user; null where nothing was. */
  readonly note: string | null;
}

/** Sizes that are asked for are those of the training; smaller differences are the rounding of a file. */
export const ROUNDING = 0.01;

function square(side: number): PixelSides;
function square(side: number | undefined): PixelSides | undefined;
function square(side: number | undefined): PixelSides | undefined {
  return side === undefined ? undefined : { y: side, x: side };
}

/** What is known of the pixels of a stack as it is stored, nanometres. */
export interface StoredPixels {
  /** What the caller says. */
  readonly asked?: PixelSides | undefined;
  /** What its files state, images first. */
  readonly stated: readonly (PixelSides | undefined)[];
  /** Those of the network, which images have of which nothing else is known. */
  readonly network?: PixelSides | undefined;
}

/**
 * The pixels of a stack as it is stored, by which membranes are made of ids: as the caller says, else as a file states that may be
 * believed, else those of the network.
 *
 * @returns nanometres; undefined where nothing says them.
 */
export function storedPixels({ asked, stated, network }: StoredPixels): PixelSides | undefined {
  return asked ?? stated.find((size) => size !== undefined && isBelievable(size)) ?? network;
}

/** `storedPixels` of a stack that is trained on. */
export function trainedPixels(
  stated: StoredPixels['stated'],
  { dataPixelSize, pixelSize }: PixelSizeOptions,
): PixelSides | undefined {
  return storedPixels({ asked: square(dataPixelSize), stated, network: square(pixelSize) });
}

/**
 * At which pixels a network is trained: those that are asked for, else those of the model that it begins from, else those of the files.
 *
 * @param images of the training, as they are stored. @param name how messages name them.
 * @throws InvalidOptionError when pixels would become more than 8 times as large or small.
 */
export function trainingPixels(
  { stack, pixelSize: stated }: Pick<SizedStack, 'pixelSize'> & { readonly stack: Size },
  { pixelSize: wanted, dataPixelSize, init }: PixelSizeOptions,
  name: string,
): TrainingPixels {
  const size = { width: stack.width, height: stack.height };
  const known = storedPixels({ asked: square(dataPixelSize), stated: [stated] });
  const from = known && sides(known);
  const states = statesText(stated);
  const to = square(wanted) ?? init?.pixelSize;
  if (from === undefined) {
    const said =
      stated === undefined
        ? null
        : `${name} ${states}: the model will not know its pixels, unless \`pixelSize\` says them.`;
    if (to === undefined) return { pixelSize: null, size, note: said };
    if (wanted !== undefined) {
      const note = `${name} ${states}: its pixels are taken to have the ${pixelText(to)} of \`pixelSize\`. If they have others, say so with \`dataPixelSize\`.`;
      return { pixelSize: to, size, note };
    }
    const note = `${name} ${states}, and the model that the training begins from has ${pixelText(to)}. The images are taken as they are; say with \`dataPixelSize\` what their pixels are, and they are resampled.`;
    return { pixelSize: null, size, note };
  }
  if (to === undefined || !differs(from, to, ...(wanted === undefined ? [] : [ROUNDING]))) {
    return { pixelSize: wanted === undefined || to === undefined ? from : to, size, note: null };
  }
  const resampled = resampledSize(size, { from, to }, dataPixelSize === undefined ? 'pixelSize' : 'dataPixelSize');
  const whose = wanted === undefined ? ', the size of the model that the training begins from' : '';
  const become = `sections of ${sizeText(size)} become ${sizeText(resampled)}`;
  const note = `${name}: pixels of ${pixelText(from)} are resampled to ${pixelText(to)}${whose}; ${become}.`;
  return { pixelSize: to, size: resampled, note };
}

/** Of a file whose pixels are not known. */
const statesText = (stated: PixelSides | undefined): string =>
  stated === undefined
    ? 'states no size of a pixel'
    : `states pixels of ${pixelText(stated)}, which is not believed, as no membrane would be seen`;

const sides = ({ y, x }: PixelSides): PixelSides => ({ y, x });
const sizeText = ({ width, height }: Size): string => `${width} x ${height}`;

/** `stack` with sections of the sides `size`; raw grey values of its type. */
function atSize(stack: GreyStack, size: Size): Promise<GreyStack> {
  if (stack.width === size.width && stack.height === size.height) return Promise.resolve(stack);
  return readWhole(resampledSource(stackSource(stack), size));
}

/**
 * A stack without labels as the trained network will see it, and what is said of that.
 *
 * @param pixelSize what the model will know of its pixels. @param path for messages.
 */
export async function testAtPixels(
  { stack, pixelSize: stated }: SizedStack,
  pixelSize: PixelSides | null,
  { dataPixelSize }: PixelSizeOptions,
  path: string,
): Promise<{ readonly test: GreyStack; readonly notes: readonly string[] }> {
  if (pixelSize === null) return { test: stack, notes: [] };
  const asked = square(dataPixelSize);
  const { rescale } = decidePixelSize({ asked, stated, model: pixelSize });
  if (rescale !== null) {
    const note = `${path}: pixels of ${pixelText(rescale.from)} are resampled to the ${pixelText(pixelSize)} of the training, and what the model gives is brought back.`;
    return { test: await atSize(stack, resampledSize(stack, rescale, 'dataPixelSize')), notes: [note] };
  }
  if (asked !== undefined || stated === undefined || isBelievable(stated)) return { test: stack, notes: [] };
  const note = `${path} ${statesText(stated)}: its pixels are taken to have the ${pixelText(pixelSize)} of the training.`;
  return { test: stack, notes: [note] };
}

/** Images and labels at the pixels of the training. @param name how messages name the labels. @throws InvalidImageError when a class is gone. */
export async function atTrainingPixels(stacks: Stacks, { size, note }: TrainingPixels, name: string): Promise<Stacks> {
  const { width, height } = stacks.images;
  const notes = note === null ? stacks.notes : [note, ...stacks.notes];
  if (width === size.width && height === size.height) return { ...stacks, notes };
  const labels = resampleLabels(stacks.labels, size, { ignore: IGNORED });
  const [before, after] = [membraneShare(stacks.labels), membraneShare(labels)];
  if (!(after > 0 && after < 1)) {
    throw new InvalidImageError(
      `${name}: at ${sizeText(size)} pixels a section, nothing of its ${after > 0 ? 'cells' : 'membranes'} is left. Train at smaller pixels (\`pixelSize\`).`,
    );
  }
  const said = `${name}: resampled with them; ${percent(after)} of what counts is membrane, ${percent(before)} before.`;
  return { ...stacks, images: await atSize(stacks.images, size), labels, notes: [...notes, said] };
}

/** The pixels of all `stacks`; null where one does not know its own, or they differ by more than the rounding of a file. */
export function commonPixelSize([first, ...others]: readonly Pick<Stacks, 'pixelSize'>[]): PixelSides | null {
  const { pixelSize } = first as Pick<Stacks, 'pixelSize'>;
  const isSame = (other: PixelSides | null): boolean =>
    pixelSize !== null && other !== null && !differs(pixelSize, other, ROUNDING);
  return others.every((other) => isSame(other.pixelSize)) ? pixelSize : null;
}

/** What is said of `stacks` that know their pixels and differ in them: at most one line. */
export function unlikePixels(stacks: readonly Pick<Stacks, 'pixelSize'>[]): readonly string[] {
  const sizes = stacks.flatMap(({ pixelSize }) => pixelSize ?? []);
  if (sizes.length < stacks.length || commonPixelSize(stacks) !== null) return [];
  const text = [...new Set(sizes.map(pixelText))].join(', ');
  return [
    `The stacks have pixels of ${text}: the network sees each, and the model will not know its pixels. Resample all to one size with \`pixelSize\`.`,
  ];
}

const percent = (share: number): string => `${(100 * share).toPrecision(3)}%`;

function membraneShare({ data }: GreyStack): number {
  let [membrane, counted] = [0, 0];
  for (let i = 0; i < data.length; i++) {
    if (data[i] === 0) membrane++;
    if (data[i] !== IGNORED) counted++;
  }
  return membrane / counted;
}
