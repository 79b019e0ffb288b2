import { stream } from '@dilated-unet/trainer';

/** Numbers that follow from a seed. */
export interface Draw {
  /** An integer from 0 up to `count`, excluded. */
  below(count: number): number;
  chance(share: number): boolean;
  of<T>(choices: readonly T[]): T;
}

/** The draws of number `index` of what is called `name`. */
export function drawer(seed: number, index: number, name = 'mutated file'): Draw {
  const random = stream(seed, name, index);
  const below = (count: number): number => Math.floor(random.uniform() * count);
  return {
    below,
    chance: (share) => random.uniform() < share,
    of: (choices) => choices[below(choices.length)] as (typeof choices)[number],
  };
}

/** Numbers at which readers break. */
export const NUMBERS = [
  0,
  1,
  2,
  3,
  4,
  5,
  6,
  7,
  8,
  12,
  15,
  16,
  17,
  32,
  64,
  255,
  256,
  1000,
  65535,
  65536,
  2 ** 31,
  2 ** 32 - 1,
];

/** A byte at which readers break, or any. */
export function oddByte(draw: Draw): number {
  return draw.of([0, 1, 2, 3, 4, 8, 0x7f, 0x80, 0xff, draw.below(256)]);
}

/** A copy of `bytes` with a small part changed, cut off, doubled or taken out. */
export function damagedBytes(bytes: Uint8Array, draw: Draw): Uint8Array {
  const at = draw.below(bytes.length);
  switch (draw.below(8)) {
    case 0:
      return new Uint8Array(0);
    case 1:
      return bytes.slice(0, draw.below(bytes.length + 1));
    case 2:
      return bytes.map((byte) => byte ^ draw.below(256));
    case 3:
      return Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + 1 + draw.below(8))]);
    case 4:
      return Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(draw.below(at + 1))]);
    default: {
      const copy = bytes.slice();
      // Headers of codecs are at the beginning.
      const part = draw.chance(0.5) ? Math.min(bytes.length, 64) : bytes.length;
      for (let count = draw.of([1, 1, 2, 4]); count > 0; count--) copy[draw.below(part)] = oddByte(draw);
      return copy;
    }
  }
}
