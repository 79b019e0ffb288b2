import { section, type GreyData, type GreyStack } from './image.ts';

/** Which pixels of labels do not count. */
export interface IgnoreOption {
  /**
   * Value of the labels at pixels that do not count. For every measure they lie outside of the image: segments end there as at
   * its border, and they are a part of no sum. @default none: every pixel counts
   */
  readonly ignore?: number | undefined;
}

/** The places, from 0, of the sections of `labels` in which a pixel counts; axes z, y, x. */
export function countedSections(labels: GreyStack, { ignore }: IgnoreOption): readonly number[] {
  const all = Array.from({ length: labels.depth }, (_, z) => z);
  return all.filter((z) => section(labels, z).data.some((value) => value !== ignore));
}

/** How many of `labels` are not `ignore`. */
export function countedValues(labels: GreyData, ignore: number | undefined): number {
  let counted = 0;
  for (let i = 0; i < labels.length; i++) if (labels[i] !== ignore) counted++;
  return counted;
}

/** 1 where `labels` has the value `ignore`, 0 elsewhere; null where it has it nowhere. */
export function ignoredPixels(labels: GreyData, ignore: number | undefined): Uint8Array | null {
  if (ignore === undefined) return null;
  let ignored: Uint8Array | null = null;
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] !== ignore) continue;
    ignored ??= new Uint8Array(labels.length);
    ignored[i] = 1;
  }
  return ignored;
}
