import { InvalidOptionError, moveToLabels, type Offset } from '@dilated-unet/core';
import { sharedProbabilities, type ComparedStacks } from './read-stacks.ts';

/** Farthest that labels are believed to lie beside their images, pixels. */
const FARTHEST = 64;

/** An offset, for example `-0.61,-0.17`. @throws InvalidOptionError where it is none. */
export function parseLabelOffset(text: string): Offset {
  const numbers = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  const [y, x] = numbers;
  if (numbers.length !== 2 || y === undefined || x === undefined || !numbers.every((n) => Math.abs(n) <= FARTHEST)) {
    const rule = `must be two numbers of pixels, down and right, each at most ${FARTHEST}, for example -0.61,-0.17`;
    throw new InvalidOptionError('labelOffset', rule, text);
  }
  return { y, x };
}

/** `stacks` with the probabilities moved to where the labels lie; as they are where those lie on the images (null). */
export function seenFromLabels<T extends ComparedStacks>(stacks: T, offset: Offset | null | undefined): T {
  if (offset === null || offset === undefined) return stacks;
  const probabilities = sharedProbabilities(stacks.labels);
  probabilities.data.set(moveToLabels(stacks.probabilities, offset).data);
  return { ...stacks, probabilities };
}
