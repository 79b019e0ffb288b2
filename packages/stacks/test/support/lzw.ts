/**
 * `codes` as TIFF's LZW stores them: the width follows the size of the table that a decoder has at each code.
 *
 * @param old as before TIFF 5.0: the lowest bit first, and longer codes one code later
 */
export function packLzw(codes: readonly number[], old = false): Uint8Array<ArrayBuffer> {
  let free = 258;
  let width = 9;
  let hasPrevious = false;
  let bits = '';
  for (const code of codes) {
    const digits = code.toString(2).padStart(width, '0');
    bits += old ? reversed(digits) : digits;
    if (code === 256) {
      [free, width, hasPrevious] = [258, 9, false];
      continue;
    }
    if (hasPrevious && free < 4096) free++;
    if (free === 2 ** width - (old ? 0 : 1) && width < 12) width++;
    hasPrevious = true;
  }
  const bytes = bits.padEnd(Math.ceil(bits.length / 8) * 8, '0').match(/.{8}/g) ?? [];
  return Uint8Array.from(bytes, (byte) => Number.parseInt(old ? reversed(byte) : byte, 2));
}

function reversed(text: string): string {
  return [...text].reverse().join('');
}

/** The codes that an encoder makes of `bytes`; it clears its table when that is full. */
export function lzwCodes(bytes: Uint8Array): number[] {
  const codes = [256];
  let table = new Map<string, number>();
  let current = '';
  const codeOf = (text: string): number => (text.length === 1 ? text.charCodeAt(0) : (table.get(text) as number));
  for (const byte of bytes) {
    const longer = current + String.fromCharCode(byte);
    if (longer.length === 1 || table.has(longer)) {
      current = longer;
      continue;
    }
    codes.push(codeOf(current));
    table.set(longer, 258 + table.size);
    current = String.fromCharCode(byte);
    if (table.size < 4093 - 258) continue;
    codes.push(codeOf(current), 256);
    table = new Map();
    current = '';
  }
  if (current !== '') codes.push(codeOf(current));
  return [...codes, 257];
}
