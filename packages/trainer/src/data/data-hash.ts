import { createHash } from 'node:crypto';
import { section, type GreyStack } from '@dilated-unet/core';
import type { LabelledStack, Stacks } from './stacks.ts';
import type { MeasuredStack } from './streamed/stack.ts';

/**
 * What a run is trained on and scored by, wherever it lies and however it is stored: SHA-256 of the values, hexadecimal; of several
 * stacks one each, in order, with a space between.
 */
export interface DataHash {
  /** Of the raw grey values, with their type. */
  readonly images: string;
  /** Of the labels as 0, 1 and `IGNORED` of stacks. */
  readonly labels: string;
}

/** The hash of all sections of `stacks`, the held-out ones included; of a stack that stays in its files, of the parts on which it is measured. */
export function dataHash(stacks: readonly Pick<Stacks, keyof LabelledStack | 'streamed'>[]): DataHash {
  const hashes = (part: keyof DataHash): string =>
    stacks.map((stack) => stackHash(stack[part], stack.streamed?.measured?.shape)).join(' ');
  return { images: hashes('images'), labels: hashes('labels') };
}

/**
 * SHA-256 of the values of `stack`, their type and its size, hexadecimal.
 *
 * @param of where these are parts of a larger stack: the sides of that.
 */
export function stackHash(stack: GreyStack, of?: MeasuredStack['shape']): string {
  const { depth, height, width, data } = stack;
  const size = [depth, height, width].join(' x ') + (of === undefined ? '' : ` of ${of.join(' x ')}`);
  const hash = createHash('sha256').update(`${data[Symbol.toStringTag]} ${size}\n`);
  // A section at a time: a call takes 2 GiB at most.
  for (let z = 0; z < depth; z++) hash.update(section(stack, z).data);
  return hash.digest('hex');
}
