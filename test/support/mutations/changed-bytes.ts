import { NUMBERS, oddByte, type Draw } from './draw.ts';
import { parsedTiff, type ParsedTiff } from './parsed-tiff.ts';

/** A file with a link, an entry or a few bytes changed, or cut off. @returns it, and the bytes that were changed */
export function changedBytes(bytes: Uint8Array, draw: Draw): { bytes: Uint8Array; places: readonly number[] } {
  if (draw.chance(0.05)) return { bytes: bytes.slice(0, draw.below(bytes.length)), places: [] };
  const file = parsedTiff(bytes);
  if (draw.chance(0.05)) changeLink(file, draw);
  if (draw.chance(0.08)) changeEntry(file, draw);
  const places = Array.from({ length: draw.chance(0.15) ? 1 + draw.below(4) : 0 }, () => draw.below(bytes.length));
  for (const place of places) bytes[place] = oddByte(draw);
  return { bytes, places };
}

/** A link goes to another directory, to a byte that is none, or ends the chain. */
function changeLink(file: ParsedTiff, draw: Draw): void {
  const directories = file.links.slice(0, -1).map((link) => read(file, link));
  const target = draw.of([0, 1, 8, file.view.byteLength - 1, draw.below(file.view.byteLength), ...directories]);
  write(file, draw.of(file.links), target, file.word);
}

/** Type, count or value of an entry is another, or the entry of a neighbour. */
function changeEntry(file: ParsedTiff, draw: Draw): void {
  const { entries } = draw.of(file.directories);
  const entry = draw.of(entries);
  switch (draw.below(4)) {
    case 0:
      return write(file, entry.at + 2, draw.below(20), 2);
    case 1:
      return write(file, entry.at + 4, draw.chance(0.5) ? entry.count + 1 : draw.of(NUMBERS), file.word);
    case 2:
      return write(file, entry.at + 4 + file.word, draw.of([...NUMBERS, draw.below(file.view.byteLength)]), file.word);
    default:
      return write(file, entry.at, draw.of(entries).tag, 2);
  }
}

function read({ view, littleEndian, word }: ParsedTiff, at: number): number {
  return word === 4 ? view.getUint32(at, littleEndian) : Number(view.getBigUint64(at, littleEndian));
}

function write({ view, littleEndian }: ParsedTiff, at: number, value: number, size: number): void {
  if (size === 2) view.setUint16(at, value, littleEndian);
  else if (size === 4) view.setUint32(at, value, littleEndian);
  else view.setBigUint64(at, BigInt(value), littleEndian);
}
