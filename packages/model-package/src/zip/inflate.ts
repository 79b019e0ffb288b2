import { Inflate } from 'fflate';

/** Bytes that are inflated at once: they give 68 MB at most, after which a bomb is noticed. */
const STEP = 2 ** 16;

/**
 * Undoes Deflate.
 *
 * @param length of the result.
 * @returns undefined where the data are damaged, or give more or fewer bytes; no more than a step too many are inflated.
 */
export function inflate(data: Uint8Array, length: number): Uint8Array<ArrayBuffer> | undefined {
  const output = new Uint8Array(length);
  let [at, isWhole] = [0, false];
  const inflater = new Inflate((chunk, final) => {
    if (at + chunk.length > length) throw new RangeError('more than was declared');
    output.set(chunk, at);
    at += chunk.length;
    isWhole = final;
  });
  try {
    for (let start = 0; start < data.length; start += STEP) {
      inflater.push(data.subarray(start, start + STEP), start + STEP >= data.length);
    }
  } catch {
    return undefined;
  }
  return isWhole && at === length ? output : undefined;
}
