import { DecodeError } from '../../../compression/errors.ts';
import type { Block } from './decoder.ts';
import { CODE_BITS, MODE, MODES, RUNS, type CodeTable } from './fax-codes.ts';

/** Compression 2: run lengths, rows begin on bytes; 3: ITU-T T.4, group 3; 4: ITU-T T.6, group 4. */
export type FaxGroup = 2 | 3 | 4;

/** 0 white, 1 black. */
type Colour = 0 | 1;
const other = (colour: Colour): Colour => (colour === 0 ? 1 : 0);

const OPTION = { twoDimensional: 1, uncompressed: 2 } as const;

/**
 * Undoes the facsimile codings of TIFF 6.0, sections 10 and 11: rows of 1-bit pixels, as runs of white (0) and black (1).
 *
 * @returns `rows * rowBytes` bytes, filled up to whole bytes at the end of each row; what follows is not looked at
 * @throws DecodeError for damaged or cut-off data, for values of more than 1 bit, and for the uncompressed mode.
 */
export function decodeFax(input: Uint8Array, block: Block, group: FaxGroup): Uint8Array {
  const { width, rows, rowBytes, stored, tags } = block;
  if (stored.bits !== 1) throw new DecodeError(`CCITT coding has pixels of 1 bit, not of ${stored.bits}`);
  if (group === 3 && ((tags.faxOptions ?? 0) & OPTION.uncompressed) !== 0) throw uncompressed();
  const output = new Uint8Array(rows * rowBytes);
  const reader = new BitReader(input);
  const twoDimensional = group === 4 || (group === 3 && ((tags.faxOptions ?? 0) & OPTION.twoDimensional) !== 0);
  // Columns at which the colour changes, first to black; the row above the first is white.
  let above = new Int32Array(width + 6).fill(width);
  let row = new Int32Array(width + 6);
  for (let y = 0; y < rows; y++) {
    if (group === 2) reader.toByte();
    const lineEnd = group === 3 && reader.skipLineEnd();
    if (group === 3 && twoDimensional && !lineEnd) throw new DecodeError('a line end is missing');
    if (twoDimensional && !(lineEnd && reader.take(1) === 1)) readAgainst(reader, above, row, width);
    else readRuns(reader, row, width);
    blacken(output, y * rowBytes, row, width);
    [above, row] = [row, above];
  }
  return output;
}

/** Bits of `input`, the highest of each byte first, and zeros behind its end. */
class BitReader {
  private readonly input: Uint8Array;
  /** Of the next bit. */
  private at = 0;

  constructor(input: Uint8Array) {
    this.input = input;
  }

  /** The next `count` bits, at most 13, which stay. */
  peek(count: number): number {
    const { input, at } = this;
    const byte = at >> 3;
    const three = ((input[byte] ?? 0) << 16) | ((input[byte + 1] ?? 0) << 8) | (input[byte + 2] ?? 0);
    return (three >> (24 - (at & 7) - count)) & ((1 << count) - 1);
  }

  take(count: number): number {
    const bits = this.peek(count);
    this.at += count;
    return bits;
  }

  /** The value of the next code. */
  code(table: CodeTable): number {
    const entry = table[this.peek(CODE_BITS)] as number;
    if (entry === 0 && this.at + CODE_BITS <= this.input.length * 8) {
      throw new DecodeError('it has a code without meaning');
    }
    this.at += entry & 15;
    if (entry === 0 || this.at > this.input.length * 8) throw new DecodeError('its data is cut off');
    return entry >> 4;
  }

  toByte(): void {
    this.at = (this.at + 7) & ~7;
  }

  /** Passes the code that ends a line (eleven zeros or more, and a one). @returns whether there was one */
  skipLineEnd(): boolean {
    if (this.peek(11) !== 0) return false;
    while (this.take(1) === 0) {
      if (this.at >= this.input.length * 8) throw new DecodeError('its data is cut off');
    }
    return true;
  }
}

/** Reads a row that is coded by itself, and writes its changes of colour to `row`. */
function readRuns(reader: BitReader, row: Int32Array, width: number): void {
  let count = 0;
  for (let x = 0, colour: Colour = 0; x < width; colour = other(colour)) {
    x += readRun(reader, colour);
    count = change(row, count, x, width);
  }
  row.fill(width, count, count + 4);
}

function readRun(reader: BitReader, colour: Colour): number {
  let length = 0;
  for (;;) {
    const run = reader.code(RUNS[colour]);
    length += run;
    if (run < 64) return length;
  }
}

/** Reads a row that is coded against the one above, and writes its changes of colour to `row`. */
function readAgainst(reader: BitReader, above: Int32Array, row: Int32Array, width: number): void {
  let count = 0;
  let colour: Colour = 0;
  // Before the first pixel, so that the row above may change at it.
  let x = -1;
  let next = 0;
  while (x < width) {
    // The first change of the row above to the right of x that is away from this colour.
    next = (next & ~1) | colour;
    while (next > 1 && (above[next - 2] as number) > x) next -= 2;
    while ((above[next] as number) <= x && (above[next] as number) < width) next += 2;
    const mode = reader.code(MODES);
    if (mode === MODE.pass) {
      x = above[next + 1] as number;
    } else if (mode === MODE.horizontal) {
      for (const each of [colour, other(colour)]) {
        x = Math.max(x, 0) + readRun(reader, each);
        count = change(row, count, x, width);
      }
    } else if (mode === MODE.extension) {
      throw uncompressed();
    } else {
      const to = (above[next] as number) + mode - MODE.vertical;
      if (to < Math.max(x, 0)) throw new DecodeError('a run begins left of the one before it');
      x = to;
      count = change(row, count, x, width);
      colour = other(colour);
    }
  }
  row.fill(width, count, count + 4);
}

/** Adds a change of colour at column `x`; two at one column are none. @returns how many there are now */
function change(row: Int32Array, count: number, x: number, width: number): number {
  if (x > width) throw new DecodeError(`its runs are longer than the ${width} pixels of a row`);
  if (count > 0 && row[count - 1] === x) return count - 1;
  row[count] = x;
  return count + 1;
}

/** Sets the bits of every second run. */
function blacken(output: Uint8Array, start: number, row: Int32Array, width: number): void {
  for (let i = 0; (row[i] as number) < width; i += 2) {
    const from = row[i] as number;
    const to = row[i + 1] as number;
    if (from === to) continue;
    const [first, last] = [start + (from >> 3), start + ((to - 1) >> 3)];
    const head = 0xff >> (from & 7);
    const tail = 0xff << (7 - ((to - 1) & 7));
    if (first === last) {
      output[first] = (output[first] as number) | (head & tail);
    } else {
      output[first] = (output[first] as number) | head;
      output.fill(0xff, first + 1, last);
      output[last] = (output[last] as number) | tail;
    }
  }
}

function uncompressed(): DecodeError {
  return new DecodeError('it has uncompressed parts, which are not supported');
}
