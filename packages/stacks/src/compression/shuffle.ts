/**
 * Bytes that belong to one value, together again: what is stored is the first byte of every value, then the second.
 *
 * @param size bytes of a value; what does not fill one at the end stays.
 */
export function unshuffle(stored: Uint8Array, size: number, out: Uint8Array): void {
  const count = Math.floor(stored.length / size);
  for (let byte = 0; byte < size; byte++) {
    for (let i = 0, to = byte, from = byte * count; i < count; i++, to += size) out[to] = stored[from + i] as number;
  }
  out.set(stored.subarray(count * size), count * size);
}

/** As the inverse of `unshuffle`. */
export function shuffle(values: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(values.length);
  const count = Math.floor(values.length / size);
  for (let byte = 0; byte < size; byte++) {
    for (let i = 0, from = byte, to = byte * count; i < count; i++, from += size) out[to + i] = values[from] as number;
  }
  out.set(values.subarray(count * size), count * size);
  return out;
}

/**
 * Bits that belong to one value, together again: what is stored is the lowest bit of every value, then the next. c-blosc
 * leaves blocks as they are whose number of values is no multiple of eight.
 *
 * @param size bytes of a value; what does not fill one at the end stays.
 */
export function unshuffleBits(stored: Uint8Array, size: number, out: Uint8Array): void {
  const count = Math.floor(stored.length / size);
  if (count % 8 !== 0) return out.set(stored);
  const rowBytes = count / 8;
  for (let byte = 0; byte < size; byte++) {
    const rows = byte * count;
    for (let group = 0; group < rowBytes; group++) {
      // An 8 x 8 matrix of bits, in two halves, is transposed (Hacker's Delight, 7-3).
      const at = rows + group;
      let low = four(stored, at, rowBytes);
      let high = four(stored, at + 4 * rowBytes, rowBytes);
      let swap = (low ^ (low >>> 7)) & 0x00aa00aa;
      low ^= swap ^ (swap << 7);
      swap = (high ^ (high >>> 7)) & 0x00aa00aa;
      high ^= swap ^ (swap << 7);
      swap = (low ^ (low >>> 14)) & 0x0000cccc;
      low ^= swap ^ (swap << 14);
      swap = (high ^ (high >>> 14)) & 0x0000cccc;
      high ^= swap ^ (swap << 14);
      const first = (low & 0x0f0f0f0f) | ((high & 0x0f0f0f0f) << 4);
      const last = ((low >>> 4) & 0x0f0f0f0f) | (high & 0xf0f0f0f0);
      for (let i = 0, to = group * 8 * size + byte; i < 4; i++, to += size) {
        out[to] = first >>> (8 * i);
        out[to + 4 * size] = last >>> (8 * i);
      }
    }
  }
  out.set(stored.subarray(count * size), count * size);
}

/** Four bytes, `step` apart, the first lowest. */
function four(bytes: Uint8Array, at: number, step: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + step] as number) << 8) |
    ((bytes[at + 2 * step] as number) << 16) |
    ((bytes[at + 3 * step] as number) << 24)
  );
}
