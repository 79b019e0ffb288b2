import { DecodeError, tooLong } from './errors.ts';

/**
 * Undoes an LZ4 block (lz4_Block_format.md), which says neither its length nor that of what it stands for.
 *
 * @returns at most `limit` bytes
 * @throws DecodeError for damaged or cut-off data or more than `limit` bytes.
 */
export function decodeLz4Block(input: Uint8Array, limit: number): Uint8Array<ArrayBuffer> {
  const output = new Uint8Array(limit);
  let [from, to] = [0, 0];
  const byte = (): number => {
    const value = input[from++];
    if (value === undefined) throw damaged();
    return value;
  };
  const longer = (length: number): number => {
    let [all, more] = [length, length === 15 ? 255 : 0];
    while (more === 255) {
      more = byte();
      all += more;
    }
    return all;
  };
  for (;;) {
    const token = byte();
    const literals = longer(token >> 4);
    if (from + literals > input.length) throw damaged();
    if (to + literals > limit) throw tooLong(limit);
    output.set(input.subarray(from, from + literals), to);
    from += literals;
    to += literals;
    // The last sequence has no match.
    if (from === input.length) return output.subarray(0, to);
    const distance = byte() | (byte() << 8);
    to = copyMatch(output, to, distance, longer(token & 15) + 4);
  }
}

/**
 * Copies `length` bytes from `distance` before `to` to there, one by one, so that they may overlap.
 *
 * @returns where the copy ends
 * @throws DecodeError where it does not lie inside of `output`.
 */
export function copyMatch(output: Uint8Array, to: number, distance: number, length: number): number {
  if (distance === 0 || distance > to) throw damaged();
  if (to + length > output.length) throw tooLong(output.length);
  if (distance >= length) output.copyWithin(to, to - distance, to - distance + length);
  else if (distance === 1) output.fill(output[to - 1] as number, to, to + length);
  else for (let i = to; i < to + length; i++) output[i] = output[i - distance] as number;
  return to + length;
}

/** Bytes that say how long an LZ4 block of numcodecs is once decoded. */
const LENGTH_BYTES = 4;

/** As `decodeLz4Block`, of a block behind its length in 32 bits, as numcodecs (and with it zarr) writes. */
export function decodeLz4(input: Uint8Array, limit: number): Uint8Array<ArrayBuffer> {
  if (input.length <= LENGTH_BYTES) throw damaged();
  const length = new DataView(input.buffer, input.byteOffset).getUint32(0, true);
  if (length > limit) throw tooLong(limit);
  return decodeLz4Block(input.subarray(LENGTH_BYTES), length);
}

function damaged(): DecodeError {
  return new DecodeError('its LZ4 data is damaged or cut off');
}
