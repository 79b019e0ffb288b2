import { CODE_BITS, MODE, MODES, RUNS, type CodeTable } from '../../src/formats/tiff/compression/fax-codes.ts';
import type { FaxGroup } from '../../src/formats/tiff/compression/fax.ts';

const END_OF_LINE = '000000000001';

/** The code of each value of `table`. */
function codesOf(table: CodeTable): ReadonlyMap<number, string> {
  const codes = new Map<number, string>();
  table.forEach((entry, next) => {
    if (entry > 0)
      codes.set(
        entry >> 4,
        next
          .toString(2)
          .padStart(CODE_BITS, '0')
          .slice(0, entry & 15),
      );
  });
  return codes;
}

const RUN_CODES = RUNS.map(codesOf) as [ReadonlyMap<number, string>, ReadonlyMap<number, string>];
const MODE_CODES = codesOf(MODES);

/**
 * `rows` of 0 (white) and 1 (black) in facsimile coding.
 *
 * @param options T4Options: 1 every second row against the one above it, 4 line ends end on bytes
 */
export function packFax(rows: readonly Uint8Array[], group: FaxGroup, options = 0): Uint8Array {
  let bits = '';
  rows.forEach((row, y) => {
    const above = rows[y - 1] ?? new Uint8Array(row.length);
    if (group === 2) bits = bits.padEnd(Math.ceil(bits.length / 8) * 8, '0') + runs(row);
    else if (group === 4) bits += against(row, above);
    else {
      if ((options & 4) !== 0) while (bits.length % 8 !== 4) bits += '0';
      const single = (options & 1) === 0 || y % 2 === 0;
      bits +=
        END_OF_LINE + ((options & 1) === 0 ? '' : single ? '1' : '0') + (single ? runs(row) : against(row, above));
    }
  });
  return Uint8Array.from(bits.match(/.{1,8}/g) ?? [], (byte) => Number.parseInt(byte.padEnd(8, '0'), 2));
}

/** The first column from `from` on whose pixel is not of `colour`. */
function endOf(row: Uint8Array, from: number, colour: number): number {
  let x = from;
  while (x < row.length && row[x] === colour) x++;
  return Math.min(x, row.length);
}

function runs(row: Uint8Array): string {
  let bits = '';
  for (let x = 0, colour = 0; x < row.length; colour = 1 - colour) {
    const end = endOf(row, x, colour);
    bits += run(end - x, colour);
    x = end;
  }
  return bits;
}

function run(length: number, colour: number): string {
  const codes = RUN_CODES[colour] as ReadonlyMap<number, string>;
  let bits = '';
  let left = length;
  for (; left >= 64; left -= Math.min(2560, left - (left % 64))) bits += codes.get(Math.min(2560, left - (left % 64)));
  return bits + codes.get(left);
}

function against(row: Uint8Array, above: Uint8Array): string {
  let bits = '';
  for (let x = -1, colour = 0; x < row.length;) {
    const change = endOf(row, x + 1, colour);
    let first = x + 1;
    while (first < row.length && (above[first] === colour || (above[first - 1] ?? 0) !== colour)) first++;
    const second = endOf(above, first, 1 - colour);
    if (second < change) {
      bits += MODE_CODES.get(MODE.pass);
      x = second;
    } else if (Math.abs(change - first) <= 3) {
      bits += MODE_CODES.get(MODE.vertical + change - first);
      x = change;
      colour = 1 - colour;
    } else {
      const end = endOf(row, change, 1 - colour);
      bits += MODE_CODES.get(MODE.horizontal) + run(change - Math.max(x, 0), colour) + run(end - change, 1 - colour);
      x = end;
    }
  }
  return bits;
}
