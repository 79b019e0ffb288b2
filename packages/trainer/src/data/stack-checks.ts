import {
  differs,
  InvalidImageError,
  isBelievable,
  pixelText,
  section,
  type GreyStack,
  type Size,
} from '@dilated-unet/core';
import { sectionsText, type PixelSize } from '@dilated-unet/stacks';
import type { StackConfig } from '../config/stacks.ts';
import { ROUNDING, type PixelSizeOptions } from './pixel-size.ts';
import { gapIn, unlikeNames } from './section-names.ts';

/** The size of a stack, and of its pixels where its files say it. */
export interface StackSize extends Size {
  readonly depth: number;
  readonly pixelSize?: PixelSize | undefined;
}

/** @param name how the message names the stack. @throws InvalidImageError when a window is larger than a section. */
export function requireWindowFits({ width, height }: Size, window: number, name: string): void {
  if (Math.min(width, height) >= window) return;
  throw new InvalidImageError(
    `${name}: the sections are ${width} x ${height} pixels, smaller than the training window of ${window} x ${window}. Choose a ` +
      'smaller `window`, or use larger sections.',
  );
}

/**
 * Whether labels belong to their images, section by section.
 *
 * @returns warnings where the names of their sections say otherwise, and where both state pixels, unless `dataPixelSize` does, that differ.
 * @throws InvalidImageError when labels have not the size of their images.
 */
export async function requireSameSections(
  images: StackSize,
  labels: StackSize,
  paths: Pick<StackConfig, 'images' | 'labels'>,
  { dataPixelSize }: Pick<PixelSizeOptions, 'dataPixelSize'> = {},
): Promise<readonly string[]> {
  const unlike = await unlikeNames(paths);
  if (labels.width === images.width && labels.height === images.height && labels.depth === images.depth) {
    const pixels = dataPixelSize === undefined ? statedApart(images.pixelSize, labels.pixelSize, paths) : [];
    if (unlike === null) return pixels;
    return [
      ...pixels,
      `${paths.labels}: the names of the sections do not belong together: ${unlike}. Sections are taken in the order of their names, so that labels may lie on other images than ` +
        `their own: complete ${paths.images} and the labels, or leave out of both what one of them lacks.`,
    ];
  }
  const gap = unlike === null ? ((await gapIn(paths.images)) ?? (await gapIn(paths.labels))) : `${unlike}.`;
  const names = gap === null || images.depth === labels.depth ? '' : ` Look at the names of the sections: ${gap}`;
  throw new InvalidImageError(
    `${paths.labels}: labels of another size than images: ${sizeText(labels)}, but ${paths.images} is ${sizeText(images)}. ` +
      `Each section needs a label image of its own size.${names}${scaleAdvice(images.pixelSize, labels.pixelSize)}`,
  );
}

/**
 * What labels throw whose kind cannot be told, with a word on sections that may have none.
 *
 * @param labels as they are stored.
 */
export function withUnlabelled(error: unknown, labels: GreyStack): unknown {
  if (!(error instanceof InvalidImageError)) return error;
  const empty = Array.from({ length: labels.depth }, (_, z) => z).filter((z) =>
    section(labels, z).data.every((value) => value === 0),
  );
  if (empty.length === 0 || empty.length === labels.depth) return error;
  return new InvalidImageError(
    `${error.message} Every pixel of ${sectionsText(empty)} is 0: if nobody labelled there, say so with \`ignoreSections\`.`,
    { cause: error },
  );
}

/** What to do where pixels of images and labels are known to differ in size. */
function scaleAdvice(images: PixelSize | undefined, labels: PixelSize | undefined): string {
  if (images === undefined || labels === undefined || Math.abs(images.x / labels.x - 1) < 0.01) return '';
  const [here, there] = [images.x, labels.x].map((size) => Number(size.toPrecision(4)));
  return ` Pixels of the images are ${here} nm wide, those of the labels ${there} nm: choose a scale (\`level\`) that both have.`;
}

/** What is said where images and labels of one size state pixels that may be believed and are not the same. */
function statedApart(
  images: PixelSize | undefined,
  labels: PixelSize | undefined,
  paths: Pick<StackConfig, 'images' | 'labels'>,
): readonly string[] {
  if (images === undefined || labels === undefined || !isBelievable(images) || !isBelievable(labels)) return [];
  if (!differs(images, labels, ROUNDING)) return [];
  return [
    `${paths.labels}: states pixels of ${pixelText(labels)}, and ${paths.images} of as many pixels states ${pixelText(images)}, which the ` +
      'training takes. One of the two is wrong: put it right in the file, or of one stack say the size with `dataPixelSize`, and check ' +
      'that the labels are of these images.',
  ];
}

/** For example `30 sections of 512 x 512`. */
function sizeText({ width, height, depth }: StackSize): string {
  return `${depth} section${depth === 1 ? '' : 's'} of ${width} x ${height}`;
}
