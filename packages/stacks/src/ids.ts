import { InvalidImageError } from '@dilated-unet/core';

/** Largest integer up to which float32 holds all. */
export const LARGEST_EXACT = 2 ** 24;
/** The bits of that number as float32; numbers of more are larger. */
const LARGEST_BITS = 0x4b800000;

/**
 * Numbers in place of ids that float32 would round: each is above 2 ** 24, exact, and stands for one id. So ids that are read are
 * equal where they are equal in the file, which is all that labels of instances say.
 */
export class IdNumbers {
  readonly #numbers = new Map<bigint, number>();
  readonly #bits = new Uint32Array(1);
  readonly #value = new Float32Array(this.#bits.buffer);

  /** @param id above 2 ** 24. @throws InvalidImageError when there are more of them than a machine has memory for. */
  numberOf(id: bigint): number {
    const known = this.#numbers.get(id);
    if (known !== undefined) return known;
    if (this.#numbers.size === LARGEST_EXACT - 1) {
      throw new InvalidImageError(
        `there are more than ${LARGEST_EXACT} ids above ${LARGEST_EXACT}. Number the objects anew from 1, or cut the stack`,
      );
    }
    this.#bits[0] = LARGEST_BITS + this.#numbers.size + 1;
    const number = this.#value[0] as number;
    this.#numbers.set(id, number);
    return number;
  }
}

/** `options` with a table of ids where the values are labels, for all files that are opened with them. */
export function withIds<T extends { readonly labels?: boolean | undefined; readonly ids?: IdNumbers | undefined }>(
  options: T,
): T {
  return options.labels === true && options.ids === undefined ? { ...options, ids: new IdNumbers() } : options;
}
