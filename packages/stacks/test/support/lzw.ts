/** `codes` as TIFF's LZW stores them: the width follows the size of the table that a decoder has at each code. */
export function packLzw(codes: readonly number[]): Uint8Array<ArrayBuffer> {
  let free = 258;
  let width = 9;
  let hasPrevious = false;
  let bits = '';
  for (const code of codes) {
    bits += code.toString(2).padStart(width, '0');
    if (code === 256) {
      [free, width, hasPrevious] = [258, 9, false];
      continue;
    }
    if (hasPrevious && free < 4096) free++;
    if (free === 2 ** width - 1 && width < 12) width++;
    hasPrevious = true;
  }
  const bytes = bits.padEnd(Math.ceil(bits.length / 8) * 8, '0').match(/.{8}/g) ?? [];
  return Uint8Array.from(bytes, (byte) => Number.parseInt(byte, 2));
}
