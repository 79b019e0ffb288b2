import { InvalidOptionError } from '../errors.ts';
import type { Size } from '../resample/region.ts';

/** Size of a pixel in a section, nanometres. */
export interface PixelSides {
  readonly y: number;
  readonly x: number;
}

/**
 * Sizes of a pixel, nanometres, at which electron micrographs show membranes. What a file states beyond them is taken for a mistake:
 * a resolution for printing, or a unit that nobody set (1 micrometre).
 */
export const PIXEL_SIZES = { least: 1, most: 20 } as const;

/** Sizes of a pixel, nanometres, that may be asked for: what is typed is no mistake of a program. */
export const TYPED_PIXEL_SIZES = { least: 0.1, most: 1000 } as const;

/**
 * Pixels that differ by at most this share, along both axes, are taken for the same: files state rounded sizes, and within it
 * resampled images score as those that are taken as they are (docs/pixel-size.md has the figures and their command).
 */
const PIXEL_SIZE_TOLERANCE = 0.1;

/** Most that pixels become smaller or larger, times. */
const MOST_TIMES = 8;

/** Whether a file that states this size may be believed. */
export function isBelievable({ y, x }: PixelSides): boolean {
  return [y, x].every((side) => side >= PIXEL_SIZES.least && side <= PIXEL_SIZES.most);
}

/** Whether pixels differ by more than `tolerance`, a share of those that are wanted, along an axis. */
export function differs(from: PixelSides, to: PixelSides, tolerance: number = PIXEL_SIZE_TOLERANCE): boolean {
  // A little more, so that 4.4 is within a tenth of 4.
  const most = 1 + tolerance + 1e-9;
  return [from.y / to.y, from.x / to.x].some((times) => !(times <= most && times >= 1 / most));
}

/**
 * The sides of sections of `size` when their pixels, of `from` nanometres, become ones of `to`: the nearest whole numbers, so that the
 * extent stays and the pixels are `to` within half of one over the section.
 *
 * @param option how the message names what says one of them.
 * @throws InvalidOptionError when pixels would become more than 8 times as large or small, or a side would have none.
 */
export function resampledSize(
  { width, height }: Size,
  { from, to }: { readonly from: PixelSides; readonly to: PixelSides },
  option = 'pixelSize',
): Size {
  const times = [from.y / to.y, from.x / to.x];
  if (!times.every((one) => one <= MOST_TIMES && one >= 1 / MOST_TIMES)) {
    const rule =
      `must not make pixels more than ${MOST_TIMES} times as large or small: what is finer is noise, and what is coarser shows ` +
      'no membrane. Say what the pixels are, or bring the images nearer to the size first';
    throw new InvalidOptionError(option, rule, `${pixelText(from)} to ${pixelText(to)}`);
  }
  const [rows, columns] = [Math.round(height * (times[0] as number)), Math.round(width * (times[1] as number))];
  return { width: Math.max(1, columns), height: Math.max(1, rows) };
}

/** For example `4 nm`, or `4 x 3.7 nm (y, x)`. */
export function pixelText({ y, x }: PixelSides): string {
  const [rows, columns] = [y, x].map((side) => Number(side.toPrecision(4)));
  return rows === columns ? `${rows} nm` : `${rows} x ${columns} nm (y, x)`;
}

/** As options take it: `4`, or `4,3.7` (y, x). */
function typedSize({ y, x }: PixelSides): string {
  return [...new Set([y, x].map((side) => Number(side.toPrecision(4))))].join(',');
}

/** What is known of the pixels of images, and of those that a network was trained on. */
export interface KnownPixelSizes {
  /** What the caller says; wins over what the file states. */
  readonly asked?: PixelSides | undefined;
  /** What the file states, if any. */
  readonly stated?: PixelSides | undefined;
  /** Of the model; undefined where its card does not know. */
  readonly model?: PixelSides | undefined;
}

/**
 * The size of a pixel of images: as the caller says, else as the file states. The distance of sections is the file's, unless its
 * size is replaced and may not be believed.
 *
 * @returns nanometres; undefined where neither is known
 */
export function knownPixelSize({
  asked,
  stated,
}: {
  /** Nanometres, as the caller says. @default not said */
  readonly asked?: PixelSides | undefined;
  /** Nanometres, as the file states. @default not stated */
  readonly stated?: StatedPixelSize | undefined;
}): StatedPixelSize | undefined {
  if (asked === undefined) return stated;
  const z = stated !== undefined && isBelievable(stated) ? stated.z : undefined;
  return { ...(z !== undefined && { z }), y: asked.y, x: asked.x };
}

/** What a file states, nanometres. */
interface StatedPixelSize extends PixelSides {
  /** From section to section. */
  readonly z?: number;
}

/** What is to be done with images, and what is to be said of it. */
export interface PixelSizeDecision {
  /** The pixels as they are and as they are wanted; null where images are taken as they are. */
  readonly rescale: { readonly from: PixelSides; readonly to: PixelSides } | null;
  /** A line for the user; null where nothing is worth one. */
  readonly note: string | null;
}

/**
 * Whether images are resampled to the pixels of a model: where the caller says, or a file states in a way that may be believed, that
 * they differ by more than a tenth.
 *
 * @throws InvalidOptionError when a size is asked for and the model does not know its own.
 */
export function decidePixelSize({ asked, stated, model }: KnownPixelSizes): PixelSizeDecision {
  if (model === undefined) {
    if (asked === undefined) return { rescale: null, note: null };
    const rule =
      'needs a model that knows the size of its pixels, and the card of this one has none. Say it with `modelPixelSize`, if you ' +
      'know it, or leave this out to segment the images as they are';
    throw new InvalidOptionError('pixelSize', rule, pixelText(asked));
  }
  if (asked === undefined && stated !== undefined && !isBelievable(stated)) {
    const note =
      `The file states pixels of ${pixelText(stated)}, at which no membrane would be seen: it is not believed, and the images are ` +
      `taken to have the model's ${pixelText(model)}. If they have others, say so with \`pixelSize\`.`;
    return { rescale: null, note };
  }
  const from = asked ?? stated;
  if (from === undefined || !differs(from, model)) return { rescale: null, note: null };
  const who = asked === undefined ? 'as the file states' : 'as you say';
  const undo = asked === undefined ? ` To segment them as they are, give \`modelPixelSize\` ${typedSize(from)}.` : '';
  const note =
    `The images have pixels of ${pixelText(from)}, ${who}; the model was trained at ${pixelText(model)}. They are resampled to that, and ` +
    `the result is brought back.${undo}`;
  return { rescale: { from: { y: from.y, x: from.x }, to: { y: model.y, x: model.x } }, note };
}
