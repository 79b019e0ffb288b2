import { crc32, deflateSync } from 'node:zlib';
import { damagedBytes, NUMBERS, oddByte, type Draw } from './draw.ts';

interface Chunk {
  readonly type: string;
  readonly data: Uint8Array;
  /** @default the right one */
  readonly crc?: number;
}

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** First column and row, and the steps, of the seven passes of Adam7. */
const PASSES = [[0, 0, 8, 8], [4, 0, 8, 8], [0, 4, 4, 8], [2, 0, 4, 4], [0, 2, 2, 4], [1, 0, 2, 2], [0, 1, 1, 2]] as const; // prettier-ignore
const WHOLE = [[0, 0, 1, 1]] as const;

/** A grey PNG of 1 to 16 bits, plain or interlaced, now and then of another kind. */
export function drawnPng(
  draw: Draw,
  size?: { readonly width: number; readonly height: number; readonly bits: number },
): Chunk[] {
  const width = size?.width ?? 1 + draw.below(40);
  const height = size?.height ?? 1 + draw.below(30);
  const colour = size === undefined && draw.chance(0.1) ? draw.of([2, 3, 4, 6]) : 0;
  const bits = size?.bits ?? (colour === 0 ? draw.of([1, 2, 4, 8, 16]) : 8);
  const interlaced = draw.chance(0.2);
  const samples = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }[colour] as number;
  const raw = (interlaced ? PASSES : WHOLE).flatMap(([x, y, dx, dy]) => {
    const [columns, rows] = [Math.ceil((width - x) / dx), Math.ceil((height - y) / dy)];
    if (columns <= 0 || rows <= 0) return [];
    const rowBytes = Math.ceil((columns * bits * samples) / 8);
    return Array.from({ length: rows }, () => [
      draw.below(5),
      ...Array.from({ length: rowBytes }, () => draw.below(256)),
    ]).flat();
  });
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([bits, colour, 0, 0, interlaced ? 1 : 0], 8);
  const coded = new Uint8Array(deflateSync(Uint8Array.from(raw)));
  const cut = draw.chance(0.3) ? draw.below(coded.length) : coded.length;
  return [
    { type: 'IHDR', data: header },
    ...(colour === 3 ? [{ type: 'PLTE', data: Uint8Array.from({ length: 768 }, (_, i) => Math.floor(i / 3)) }] : []),
    ...draw.of<Chunk[]>([
      [],
      [],
      [{ type: 'gAMA', data: Uint8Array.of(0, 0, 0xb1, 0x8f) }],
      [{ type: 'pHYs', data: Uint8Array.of(0, 0, 0x0b, 0x13, 0, 0, 0x0b, 0x13, 1) }],
      [{ type: 'tEXt', data: new TextEncoder().encode('Comment\0of a microscope') }],
      [{ type: 'sBIT', data: Uint8Array.of(Math.min(bits, 5)) }],
    ]),
    { type: 'IDAT', data: coded.slice(0, cut) },
    ...(cut < coded.length ? [{ type: 'IDAT', data: coded.slice(cut) }] : []),
    { type: 'IEND', data: new Uint8Array(0) },
  ];
}

/** The chunks with one of them changed; its check sum is often made to fit, so that the damage gets past it. */
export function changedPng(chunks: readonly Chunk[], draw: Draw): Chunk[] {
  const at = draw.below(chunks.length);
  const chunk = chunks[at] as Chunk;
  const replaced = (...others: Chunk[]): Chunk[] => chunks.flatMap((old, i) => (i === at ? others : [old]));
  switch (draw.below(7)) {
    case 0:
      return replaced();
    case 1:
      return replaced(chunk, chunk);
    case 2:
      return replaced({ ...chunk, crc: draw.of(NUMBERS) });
    case 3:
      return replaced({ ...chunk, type: draw.of(['IDAT', 'IEND', 'PLTE', 'tRNS', 'iCCP', 'abcd', 'ABCD', 'acTL']) });
    case 4: {
      // The header has the fields that matter.
      const header = (chunks[0] as Chunk).data.slice();
      if (header.length > 0) header[draw.below(header.length)] = oddByte(draw);
      return [{ type: 'IHDR', data: header }, ...chunks.slice(1)];
    }
    default:
      return chunk.data.length === 0 ? [...chunks] : replaced({ ...chunk, data: damagedBytes(chunk.data, draw) });
  }
}

export function pngBytes(chunks: readonly Chunk[]): Uint8Array {
  const parts = chunks.flatMap(({ type, data, crc }) => {
    const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc ?? crc32(named));
    return [length, named, sum];
  });
  return new Uint8Array(Buffer.concat([Uint8Array.from(SIGNATURE), ...parts]));
}
