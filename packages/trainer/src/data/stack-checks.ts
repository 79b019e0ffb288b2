import { InvalidImageError, type Size } from '@dilated-unet/core';
import type { PixelSize } from '@dilated-unet/stacks';
import type { StackConfig } from '../config/stacks.ts';

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

/** @throws InvalidImageError when labels have not the size of their images. */
export function requireSameSize(
  images: StackSize,
  labels: StackSize,
  paths: Pick<StackConfig, 'images' | 'labels'>,
): void {
  if (labels.width === images.width && labels.height === images.height && labels.depth === images.depth) return;
  throw new InvalidImageError(
    `${paths.labels}: labels of another size than images: ${sizeText(labels)}, but ${paths.images} is ${sizeText(images)}. ` +
      `Each section needs a label image of its own size.${scaleAdvice(images.pixelSize, labels.pixelSize)}`,
  );
}

/** What to do where pixels of images and labels are known to differ in size. */
function scaleAdvice(images: PixelSize | undefined, labels: PixelSize | undefined): string {
  if (images === undefined || labels === undefined || Math.abs(images.x / labels.x - 1) < 0.01) return '';
  const [here, there] = [images.x, labels.x].map((size) => Number(size.toPrecision(4)));
  return ` Pixels of the images are ${here} nm wide, those of the labels ${there} nm: choose a scale (\`level\`) that both have.`;
}

/** For example `30 sections of 512 x 512`. */
function sizeText({ width, height, depth }: StackSize): string {
  return `${depth} section${depth === 1 ? '' : 's'} of ${width} x ${height}`;
}
