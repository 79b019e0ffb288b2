import { countedSections, section, sections, type GreyData, type GreyStack } from '@dilated-unet/core';
import { IGNORED } from '@dilated-unet/stacks';
import type { LabelledStack } from './stacks.ts';

/** The sections of `stack` at `places`, from 0 and rising; a view where they follow one another, else a copy. */
export function takeSections<T extends GreyData>(stack: GreyStack<T>, places: readonly number[]): GreyStack<T> {
  const { width, height, data } = stack;
  const [first, last] = [places[0] ?? 0, places.at(-1) ?? -1];
  if (last - first === places.length - 1) return sections(stack, first, last + 1);
  const size = width * height;
  // Every pixel is overwritten; a copy has the right type and length.
  const taken = data.slice(0, places.length * size) as T;
  places.forEach((z, k) => taken.set(section(stack, z).data, k * size));
  return { width, height, depth: places.length, data: taken };
}

/** The sections of `stack` in which a pixel counts; `stack` itself where that is so in all. */
export function labelledSections(stack: LabelledStack): LabelledStack {
  const places = countedSections(stack.labels, { ignore: IGNORED });
  if (places.length === stack.labels.depth) return stack;
  return { images: takeSections(stack.images, places), labels: takeSections(stack.labels, places) };
}
