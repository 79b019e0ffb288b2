import { describe, expect, it } from 'vitest';
import { DecodeError } from '../../../src/compression/errors.ts';
import type { Block } from '../../../src/formats/tiff/compression/decoder.ts';
import { CODE_BITS, MODES, RUNS } from '../../../src/formats/tiff/compression/fax-codes.ts';
import { decodeFax, type FaxGroup } from '../../../src/formats/tiff/compression/fax.ts';

const END_OF_LINE = '000000000001';

/** `bits`, with spaces to be read by, as bytes. */
function pack(bits: string): Uint8Array {
  const text = bits.replaceAll(' ', '');
  return Uint8Array.from(text.match(/.{1,8}/g) ?? [], (byte) => Number.parseInt(byte.padEnd(8, '0'), 2));
}

function block(width: number, rows: number, faxOptions = 0): Block {
  const rowBytes = Math.ceil(width / 8);
  const tags = { reversedBits: false, faxOptions };
  return { width, rows, maxRows: rows, rowBytes, stored: { kind: 'unsigned', bits: 1 }, tags };
}

/** The rows of `bits` as text. */
function decode(bits: string, group: FaxGroup, width: number, rows: number, options?: number): string[] {
  const { rowBytes } = block(width, rows);
  const bytes = decodeFax(pack(bits), block(width, rows, options), group);
  return Array.from({ length: rows }, (_, y) =>
    [...bytes.subarray(y * rowBytes, (y + 1) * rowBytes)].map((byte) => byte.toString(2).padStart(8, '0')).join(''),
  );
}

describe('the codes', () => {
  it.each([
    ['white', RUNS[0], 104],
    ['black', RUNS[1], 104],
    ['two-dimensional', MODES, 10],
  ] as const)('%s: each stands for one value, and none begins as another', (_, table, count) => {
    const values = new Map<number, number>();
    for (const entry of table) if (entry > 0) values.set(entry, (values.get(entry) ?? 0) + 1);
    expect(values.size).toBe(count);
    expect(new Set([...values.keys()].map((entry) => entry >> 4)).size).toBe(count);
    for (const [entry, places] of values) expect(places).toBe(2 ** (CODE_BITS - (entry & 15)));
  });
});

describe('decodeFax', () => {
  it('reads run lengths, each row from a new byte on', () => {
    // White 4, black 3, white 1; then black 8 after no white.
    expect(decode('1011 10 000111 0000 00110101 000101 00', 2, 8, 2)).toEqual(['00001110', '11111111']);
  });

  it('reads group 3 with and without line ends and fill bits, and two-dimensional rows', () => {
    const row = '1011 10 000111';
    expect(decode(`${END_OF_LINE} ${row} 0000 ${END_OF_LINE} ${row}`, 3, 8, 2)).toEqual(['00001110', '00001110']);
    expect(decode(`${row} ${row}`, 3, 8, 2)).toEqual(['00001110', '00001110']);
    // By itself; then a pixel to the right and one to the left of it; then passed over.
    const rows = `${END_OF_LINE} 1 ${row} 0000000 ${END_OF_LINE} 0 011 010 1 ${END_OF_LINE} 0 0001 1`;
    expect(decode(rows, 3, 8, 3, 1)).toEqual(['00001110', '00000100', '00000000']);
  });

  it('reads group 4', () => {
    // All white; white 2, black 3, horizontally, then as above; as above but a pixel to each side; passed over.
    const bits = '1  001 0111 10 1  010 011 1  0001 1';
    expect(decode(bits, 4, 8, 4)).toEqual(['00000000', '00111000', '01111100', '00000000']);
  });

  it.each([
    ['a code without meaning', '00000000 1', 4, /code without meaning/],
    ['data cut off', '1', 4, /cut off/],
    ['nothing', '', 4, /cut off/],
    ['an end before the last row', `1 ${END_OF_LINE} ${END_OF_LINE} 1`, 4, /code without meaning/],
    ['runs that are too long', '001 10011 0000100', 4, /longer than the 8 pixels/],
    ['a run left of the one before', '001 1000 10 0000010', 4, /left of the one before/],
    ['uncompressed parts', '0000001 111', 4, /uncompressed parts/],
    ['no line end in two-dimensional group 3', '1 1', 3, /line end is missing/],
    ['a line that never begins', '0'.repeat(40), 3, /cut off/],
  ] as const)('refuses %s', (_, bits, group, message) => {
    const read = () => decodeFax(pack(bits), block(8, 3, group === 3 ? 1 : 0), group);
    expect(read).toThrow(DecodeError);
    expect(read).toThrow(message);
  });

  it('refuses values of more than a bit', () => {
    expect(() => decodeFax(pack('1'), { ...block(8, 1), stored: { kind: 'unsigned', bits: 8 } }, 4)).toThrow(
      /pixels of 1 bit, not of 8/,
    );
  });
});
