import { section, type GreyStack } from '@dilated-unet/core';
import { correlationOf, meanOf } from './correlation.ts';

/** How labels may have been saved beside their images. */
export interface SectionOrder {
  /** As a message has it, after `the labels seem to be `. */
  readonly text: string;
  /** What mends it, a sentence without its point. */
  readonly remedy: string;
  /** The section of the images that the labels `z`, from 0, belong to; undefined where there is none. */
  readonly imageOf: (z: number) => number | undefined;
}

/** The order of the sections, counted from 1, when their numbers are sorted as text: 1, 10, 11, ..., 2. */
function asText(depth: number): readonly number[] {
  return Array.from({ length: depth }, (_, z) => z).sort((a, b) => (String(a + 1) < String(b + 1) ? -1 : 1));
}

/** The orders other than their own in which the sections of labels are found. */
function otherOrders(depth: number): readonly SectionOrder[] {
  if (depth < 2) return [];
  const text = asText(depth);
  const inside = (z: number): number | undefined => (z >= 0 && z < depth ? z : undefined);
  const orders: readonly SectionOrder[] = [
    {
      text: 'in reverse order',
      remedy: 'Reverse one of the two (in Fiji: Image > Stacks > Tools > Reverse)',
      imageOf: (z) => depth - 1 - z,
    },
    {
      text: 'of the sections before',
      remedy: 'Leave out the first section of the labels and the last of the images',
      imageOf: (z) => inside(z - 1),
    },
    {
      text: 'of the sections that follow',
      remedy: 'Leave out the last section of the labels and the first of the images',
      imageOf: (z) => inside(z + 1),
    },
  ];
  if (depth < 10) return orders;
  const sorted = 'in the order of their numbers as text, 1, 10, 11 and so on';
  const remedy = 'Save them with numbers of one length (001, 002)';
  return [
    ...orders,
    { text: sorted, remedy, imageOf: (z) => text[z] },
    {
      text: `of images that are ${sorted}`,
      remedy: remedy.replace('them', 'the images'),
      imageOf: (z) => text.indexOf(z),
    },
  ];
}

/**
 * Correlation of grey value and labels, in the mean over the sections that have both values, each beside its image; NaN where too
 * few pixels count.
 */
export function meanCorrelation(
  images: GreyStack,
  labels: GreyStack,
  imageOf: SectionOrder['imageOf'] = (z) => z,
): number {
  const correlations = Array.from({ length: labels.depth }, (_, z) => {
    const at = imageOf(z);
    return at === undefined ? [] : [correlationOf(section(images, at).data, section(labels, z).data)];
  });
  return meanOf(correlations.flat(), labels.width * labels.height);
}

/** An order and the correlation of images and labels in it. */
export interface FoundOrder extends Omit<SectionOrder, 'imageOf'> {
  readonly correlation: number;
}

/** The other order in which labels and images correlate best, by the size of the correlation; undefined where there is none. */
export function bestOtherOrder(images: GreyStack, labels: GreyStack): FoundOrder | undefined {
  return otherOrders(labels.depth)
    .map(({ imageOf, ...order }) => ({ ...order, correlation: meanCorrelation(images, labels, imageOf) }))
    .filter(({ correlation }) => Number.isFinite(correlation))
    .sort((a, b) => Math.abs(b.correlation) - Math.abs(a.correlation))[0];
}
