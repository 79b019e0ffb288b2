import { deflateSync } from 'node:zlib';
import { lzwCodes, packLzw } from '../../../packages/stacks/test/support/lzw.ts';
import type { Draw } from './draw.ts';

/** Compressions without loss that are packed here, by their number. */
export const LOSSLESS = { none: 1, lzw: 5, deflate: 8, packBits: 32773, zstandard: 50000 } as const;

interface Rows {
  readonly rowBytes: number;
  /** Bytes of a value, in the byte order of the file. */
  readonly size: number;
  /** Values of a pixel. */
  readonly samples: number;
  readonly littleEndian: boolean;
}

/** Rows with predictor 2 or 3. */
export function predicted(bytes: Uint8Array, predictor: number, rows: Rows): Uint8Array {
  if (predictor === 1) return bytes;
  const out = new Uint8Array(bytes.length);
  for (let row = 0; row < bytes.length; row += rows.rowBytes) {
    const line = bytes.subarray(row, row + rows.rowBytes);
    out.set(predictor === 2 ? differences(line, rows) : floatDifferences(line, rows), row);
  }
  return out;
}

function differences(line: Uint8Array, { size, samples, littleEndian }: Rows): Uint8Array {
  const out = new Uint8Array(line.length);
  for (let at = 0; at < line.length; at += size) {
    let borrow = 0;
    for (let i = 0; i < size; i++) {
      const byte = at + (littleEndian ? i : size - 1 - i);
      const value = (line[byte] as number) - (line[byte - samples * size] ?? 0) - borrow;
      borrow = value < 0 ? 1 : 0;
      out[byte] = value;
    }
  }
  return out;
}

function floatDifferences(line: Uint8Array, { size, samples, littleEndian }: Rows): Uint8Array {
  const columns = line.length / size;
  const planes = line.map((_, i) => {
    const [byte, x] = [Math.floor(i / columns), i % columns];
    return line[x * size + (littleEndian ? size - 1 - byte : byte)] as number;
  });
  return planes.map((byte, i) => byte - (planes[i - samples] ?? 0));
}

export function packed(bytes: Uint8Array, compression: number, draw: Draw): Uint8Array {
  switch (compression) {
    case LOSSLESS.lzw:
      return packLzw(lzwCodes(bytes), draw.chance(0.1));
    case LOSSLESS.deflate:
      return new Uint8Array(deflateSync(bytes, { level: draw.of([0, 1, 6, 9]) }));
    case LOSSLESS.packBits:
      return packBits(bytes);
    case LOSSLESS.zstandard:
      return zstandard(bytes);
    default:
      return bytes;
  }
}

/** Runs of a byte, and literal ones; a run of no meaning here and there (the byte 128). */
function packBits(bytes: Uint8Array): Uint8Array {
  const out: number[] = [];
  for (let at = 0; at < bytes.length;) {
    let end = at + 1;
    while (end < bytes.length && end - at < 128 && bytes[end] === bytes[at]) end++;
    if (end - at > 2) {
      out.push(257 - (end - at), bytes[at] as number);
    } else {
      end = Math.min(bytes.length, at + 128);
      out.push(end - at - 1, ...bytes.subarray(at, end));
      if (end % 3 === 0) out.push(128);
    }
    at = end;
  }
  return Uint8Array.from(out);
}

/** A Zstandard frame of one raw block. */
function zstandard(bytes: Uint8Array): Uint8Array {
  const header = (bytes.length << 3) | 1;
  return Uint8Array.from([
    0x28, 0xb5, 0x2f, 0xfd, 0, 7 << 3, header & 255, (header >> 8) & 255, (header >> 16) & 255, ...bytes,
  ]); // prettier-ignore
}
