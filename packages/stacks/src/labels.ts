import { InvalidImageError, type GreyStack } from '@dilated-unet/core';

/** How many of the values found are named in a message. */
const NAMED_VALUES = 5;

/**
 * Labels as 1 for cell interior and 0 for membrane, of the same size.
 *
 * @param labels two values: 0 for membrane and one other, of 8 or 16 bit or float32
 * @param name how messages name them, such as their path
 * @throws InvalidImageError when they have other values.
 */
export function binaryLabels(labels: GreyStack, name: string): GreyStack<Uint8Array<ArrayBuffer>> {
  const { width, height, depth } = labels;
  const values = new Set<number>();
  const data = new Uint8Array(labels.data.length);
  for (let i = 0; i < data.length && values.size <= NAMED_VALUES; i++) {
    values.add(labels.data[i] as number);
    data[i] = labels.data[i] === 0 ? 0 : 1;
  }
  if (values.size === 2 && values.has(0)) return { width, height, depth, data };
  const named = [...values].sort((a, b) => a - b).slice(0, NAMED_VALUES);
  throw new InvalidImageError(
    `${name}: labels must have two values, 0 for membrane and one other for cell interior; found ` +
      `${named.join(', ')}${values.size > NAMED_VALUES ? ' and more' : ''}. Are labels and images exchanged? If not, ` +
      'threshold the labels, and save them without lossy compression.',
  );
}
