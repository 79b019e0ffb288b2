import { DecodeError, tooLong } from '../../../compression/errors.ts';

/**
 * Undoes PackBits (TIFF 6.0, section 9).
 *
 * @returns at most `limit` bytes
 * @throws DecodeError for damaged data or more than `limit` bytes.
 */
export function decodePackBits(input: Uint8Array, limit: number): Uint8Array {
  const output = new Uint8Array(limit);
  let length = 0;
  for (let i = 0; i < input.length;) {
    const header = input[i++] as number;
    if (header === 128) continue;
    const literal = header < 128;
    const count = literal ? header + 1 : 257 - header;
    const taken = literal ? count : 1;
    if (i + taken > input.length) throw new DecodeError('its last run is cut off');
    if (length + count > limit) throw tooLong(limit);
    if (literal) output.set(input.subarray(i, i + count), length);
    else output.fill(input[i] as number, length, length + count);
    i += taken;
    length += count;
  }
  return output.subarray(0, length);
}
