import { DecodeError, tooLong } from './errors.ts';
import { copyMatch } from './lz4.ts';

/** Matches further away than this have their distance in two bytes of their own. */
const NEAR = 8191;

/**
 * Undoes BloscLZ, the LZ of c-blosc 1 (blosc/blosclz.c).
 *
 * @returns at most `limit` bytes
 * @throws DecodeError for damaged or cut-off data or more than `limit` bytes.
 */
export function decodeBlosclz(input: Uint8Array, limit: number): Uint8Array<ArrayBuffer> {
  const output = new Uint8Array(limit);
  let [from, to] = [0, 0];
  const byte = (): number => {
    const value = input[from++];
    if (value === undefined) throw damaged();
    return value;
  };
  let control = byte() & 31;
  for (;;) {
    if (control < 32) {
      const literals = control + 1;
      if (from + literals > input.length) throw damaged();
      if (to + literals > limit) throw tooLong(limit);
      output.set(input.subarray(from, from + literals), to);
      from += literals;
      to += literals;
    } else {
      let length = (control >> 5) + 2;
      let more = length === 9 ? 255 : 0;
      while (more === 255) {
        more = byte();
        length += more;
      }
      const high = control & 31;
      const low = byte();
      const distance = high === 31 && low === 255 ? NEAR + ((byte() << 8) | byte()) : (high << 8) | low;
      to = copyMatch(output, to, distance + 1, length);
    }
    if (from === input.length) return output.subarray(0, to);
    control = byte();
  }
}

function damaged(): DecodeError {
  return new DecodeError('its BloscLZ data is damaged or cut off');
}
