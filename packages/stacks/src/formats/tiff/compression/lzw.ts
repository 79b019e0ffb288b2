import { DecodeError, tooLong } from '../../../compression/errors.ts';

const CLEAR = 256;
const END = 257;
const FIRST_FREE = 258;
const MIN_WIDTH = 9;
const MAX_WIDTH = 12;
const TABLE_SIZE = 1 << MAX_WIDTH;

/**
 * Undoes LZW as TIFF has it (TIFF 6.0, section 13): codes of 9 to 12 bits, highest bit first, which grow by a bit one
 * code before the table needs it.
 *
 * Writers of before TIFF 5.0 put the lowest bit first, and let the codes grow when the table needs it. libtiff tells them by
 * the clear code at their beginning, and so does this.
 *
 * A string of the table is always the string before it plus one byte, and both stand side by side in the output: so the
 * table holds places in the output, and needs no memory of its own beyond 4096 pairs of numbers.
 *
 * @returns at most `limit` bytes
 * @throws DecodeError for damaged data or more than `limit` bytes.
 */
export function decodeLzw(input: Uint8Array, limit: number): Uint8Array {
  const old = input[0] === 0 && ((input[1] ?? 0) & 1) === 1;
  const early = old ? 0 : 1;
  const output = new Uint8Array(limit);
  const starts = new Uint32Array(TABLE_SIZE);
  const lengths = new Uint32Array(TABLE_SIZE);
  let length = 0;
  let free = FIRST_FREE;
  let width = MIN_WIDTH;
  let previous = 0;
  let previousLength = 0;
  let bits = 0;
  let buffered = 0;
  let position = 0;
  for (;;) {
    while (buffered < width && position < input.length) {
      const byte = input[position++] as number;
      bits = old ? bits | (byte << buffered) : ((bits << 8) | byte) & 0xffffff;
      buffered += 8;
    }
    // Some writers leave out the end code; whether the block is whole is told by its length.
    if (buffered < width) break;
    buffered -= width;
    const code = (old ? bits : bits >> buffered) & ((1 << width) - 1);
    if (old) bits >>= width;
    if (code === END) break;
    if (code === CLEAR) {
      free = FIRST_FREE;
      width = MIN_WIDTH;
      previousLength = 0;
      continue;
    }
    if (previousLength > 0 && free < TABLE_SIZE) {
      starts[free] = previous;
      lengths[free] = previousLength + 1;
      free++;
      if (free === (1 << width) - early && width < MAX_WIDTH) width++;
    }
    const start = length;
    if (code < CLEAR) {
      if (length >= limit) throw tooLong(limit);
      output[length++] = code;
    } else {
      if (code >= free) throw new DecodeError(`code ${code} is not in its table`);
      const end = length + (lengths[code] as number);
      if (end > limit) throw tooLong(limit);
      // Byte by byte and forwards: the string may run into the bytes that this loop writes.
      for (let from = starts[code] as number; length < end; from++) output[length++] = output[from] as number;
    }
    previous = start;
    previousLength = length - start;
  }
  return output.subarray(0, length);
}
