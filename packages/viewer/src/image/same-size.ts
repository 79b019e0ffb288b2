import { InvalidImageError } from '@dilated-unet/core';
import type { StackFacts } from './pyramid.ts';

/** @throws InvalidImageError when the sections of labels are not as large as those of the images. */
export function requireSameSize(name: string, labels: StackFacts['shape'], images: StackFacts['shape']): void {
  if (labels[1] === images[1] && labels[2] === images[2]) return;
  const text = ([depth, height, width]: StackFacts['shape']): string => `${width} × ${height} × ${depth}`;
  throw new InvalidImageError(
    `${name} has ${text(labels)} pixels (width × height × sections), the images ${text(images)}. Open labels of the same size.`,
  );
}
