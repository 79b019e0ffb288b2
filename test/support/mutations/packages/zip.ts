import { crc32, deflateRawSync } from 'node:zlib';
import { NUMBERS, oddByte, type Draw } from '../draw.ts';
import { PATHS } from './values.ts';

/** A file of a zip, and what is said of it in the place of what is right. */
interface Entry {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly packed: Uint8Array;
  readonly method: number;
  /** By the offset of each field in its record; 16 bits up to `WIDE`, 32 behind. */
  readonly local?: Readonly<Record<number, number>>;
  readonly central?: Readonly<Record<number, number>>;
  readonly localName?: string;
  readonly extra?: Uint8Array;
}

interface Archive {
  readonly entries: readonly Entry[];
  readonly end?: Readonly<Record<number, number>>;
  readonly before?: Uint8Array;
  /** Between the files and their directory, and between that and its end. */
  readonly between?: Uint8Array;
  readonly locator?: Uint8Array;
  readonly comment?: Uint8Array;
}

const LOCAL = { signature: 0x04034b50, size: 30, fields: [4, 6, 8, 10, 12, 14, 18, 22, 26, 28], wide: [14, 18, 22] };
const CENTRAL = {
  signature: 0x02014b50,
  size: 46,
  fields: [4, 6, 8, 10, 12, 14, 16, 20, 24, 28, 30, 32, 34, 36, 38, 42],
  wide: [16, 20, 24, 38, 42],
};
const END = { signature: 0x06054b50, size: 22, fields: [4, 6, 8, 10, 12, 16, 20], wide: [12, 16] };

/** Of a file in both records: flags, method, checksum, packed and whole size. */
const BOTH = [[6, 8], [8, 10], [14, 16], [18, 20], [22, 24]] as const; // prettier-ignore

const ZEROS = 2 ** 24;
let packedZeros: Uint8Array | undefined;

function entry(name: string, bytes: Uint8Array, level = 6): Entry {
  if (level === 0) return { name, bytes, packed: bytes, method: 0 };
  return { name, bytes, packed: new Uint8Array(deflateRawSync(bytes, { level })), method: 8 };
}

/** The files as a zip with nothing, or something of what it says, changed. */
export function changedZip(files: ReadonlyMap<string, Uint8Array>, draw: Draw): Uint8Array {
  const entries = [...files].map(([name, bytes]) => entry(name, bytes, draw.of([0, 6])));
  let archive: Archive = { entries };
  for (let change = draw.of([1, 1, 1, 2]); change > 0; change--) archive = changedArchive(archive, draw);
  return zipBytes(archive);
}

/** A zip of which some bytes are changed, or that is cut off. */
export function damagedZip(files: ReadonlyMap<string, Uint8Array>, draw: Draw): Uint8Array {
  const zip = zipBytes({ entries: [...files].map(([name, bytes]) => entry(name, bytes, draw.of([0, 6]))) });
  if (draw.chance(0.1)) return zip.slice(0, draw.below(zip.length));
  if (draw.chance(0.1)) {
    const [from, to] = [draw.below(zip.length), draw.below(zip.length)];
    return Uint8Array.from([...zip.subarray(0, from), ...zip.subarray(to)]);
  }
  // The directory is at the end.
  const first = draw.chance(0.3) ? Math.max(0, zip.length - 700) : 0;
  for (let count = draw.of([1, 1, 2, 5]); count > 0; count--)
    zip[first + draw.below(zip.length - first)] = oddByte(draw);
  return zip;
}

function changedArchive(archive: Archive, draw: Draw): Archive {
  const at = draw.below(archive.entries.length);
  const one = archive.entries[at] as Entry;
  const replaced = (...others: Entry[]): Archive => ({
    ...archive,
    entries: archive.entries.flatMap((old, i) => (i === at ? others : [old])),
  });
  const number = (): number =>
    draw.of([...NUMBERS, 2 ** 32 - 2, one.bytes.length + 1, one.packed.length - 1, one.packed.length]);
  const noise = (): Uint8Array => Uint8Array.from({ length: 1 + draw.below(200) }, () => oddByte(draw));
  switch (draw.below(17)) {
    case 0:
      return replaced({ ...one, local: { [draw.of(LOCAL.fields)]: number() } });
    case 1:
    case 2:
      return replaced({ ...one, central: { [draw.of(CENTRAL.fields)]: number() } });
    case 3: {
      const [local, central] = draw.of(BOTH);
      const value = number();
      return replaced({ ...one, local: { [local]: value }, central: { [central]: value } });
    }
    case 4:
      return { ...archive, end: { [draw.of(END.fields)]: number() } };
    case 5:
      return replaced({
        ...one,
        name: draw.of([...PATHS, ...archive.entries.map(({ name }) => name), 'bioimageio.yaml']),
      });
    case 6:
      return replaced({ ...one, localName: draw.of([...PATHS, `${one.name}x`, one.name.toUpperCase()]) });
    case 7:
      return replaced(
        one,
        draw.of([one, entry(one.name, new Uint8Array(5)), entry(draw.of(PATHS), new Uint8Array(5))]),
      );
    case 8:
      return replaced(
        one,
        entry(
          draw.of(['folder/', 'notes.txt', 'model.yaml', '__MACOSX/._model.onnx', 'a/b/c']),
          new Uint8Array(draw.of([0, 9])),
        ),
      );
    case 9:
      return replaced();
    case 10:
      // Encrypted, with a descriptor behind the data, UTF-8, strong encryption, masked.
      return replaced({
        ...one,
        local: { 6: draw.of([0, 1, 8, 0x800]) },
        central: { 8: draw.of([1, 8, 0x40, 0x800, 0x2000]) },
      });
    case 11:
      return replaced({ ...one, extra: draw.of([zip64Extra(one), noise()]) });
    case 12:
      return { ...archive, locator: zip64End(draw) };
    case 13:
      return { ...archive, comment: draw.of([noise(), Uint8Array.of(0x50, 0x4b, 5, 6), endRecord(0, 0, 0)]) };
    case 14:
      return draw.chance(0.5) ? { ...archive, before: noise() } : { ...archive, between: noise() };
    case 15:
      // Links and devices of Unix.
      return replaced({ ...one, central: { 4: 0x0314, 38: draw.of([0xa1ff, 0x61ff, 0x81a4]) * 2 ** 16 } });
    default:
      return draw.chance(0.5) ? replaced(bomb(one, draw)) : { ...archive, entries: archive.entries.toReversed() };
  }
}

/** A file of zeros that inflates to 16 MB, whose size is said to be that of the file, of the zeros, or another. */
function bomb({ name, bytes }: Entry, draw: Draw): Entry {
  packedZeros ??= new Uint8Array(deflateRawSync(new Uint8Array(ZEROS), { level: 9 }));
  const size = draw.of([bytes.length, ZEROS, ZEROS - 1, 100, 2 ** 18, 2 ** 29]);
  return { name, bytes, packed: packedZeros, method: 8, local: { 22: size }, central: { 24: size } };
}

function zip64Extra({ bytes, packed }: Entry): Uint8Array {
  const extra = Buffer.alloc(20);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(16, 2);
  extra.writeBigUInt64LE(BigInt(bytes.length), 4);
  extra.writeBigUInt64LE(BigInt(packed.length), 12);
  return extra;
}

/** The end record of ZIP64 and where it is. */
function zip64End(draw: Draw): Uint8Array {
  const end = Buffer.alloc(76);
  end.writeUInt32LE(0x06064b50, 0);
  end.writeBigUInt64LE(44n, 4);
  end.writeUInt32LE(draw.of(NUMBERS), 24);
  end.writeUInt32LE(0x07064b50, 56);
  end.writeBigUInt64LE(BigInt(draw.of(NUMBERS)), 64);
  return end;
}

function record({ signature, size, wide }: typeof LOCAL, fields: Readonly<Record<number, number>>): Buffer {
  const out = Buffer.alloc(size);
  out.writeUInt32LE(signature, 0);
  for (const [key, value] of Object.entries(fields)) {
    const offset = Number(key);
    if (wide.includes(offset)) out.writeUInt32LE(value >>> 0, offset);
    else out.writeUInt16LE(value & 0xffff, offset);
  }
  return out;
}

function endRecord(count: number, size: number, start: number): Uint8Array {
  return record(END, { 8: count, 10: count, 12: size, 16: start });
}

function zipBytes({ entries, end, before, between, locator, comment = new Uint8Array(0) }: Archive): Uint8Array {
  const [files, directory]: [Uint8Array[], Uint8Array[]] = [before === undefined ? [] : [before], []];
  for (const { name, bytes, packed, method, local, central, localName, extra = new Uint8Array(0) } of entries) {
    const start = files.reduce((sum, part) => sum + part.length, 0);
    const [named, namedHere] = [Buffer.from(name), Buffer.from(localName ?? name)];
    const [crc, sizes] = [crc32(bytes), [packed.length, bytes.length] as const];
    files.push(
      record(LOCAL, { 4: 20, 8: method, 12: 33, 14: crc, 18: sizes[0], 22: sizes[1], 26: namedHere.length, 28: extra.length, ...local }),
      namedHere,
      extra,
      packed,
    ); // prettier-ignore
    directory.push(
      record(CENTRAL, { 4: 20, 6: 20, 10: method, 14: 33, 16: crc, 20: sizes[0], 24: sizes[1], 28: named.length, 30: extra.length, 42: start, ...central }),
      named,
      extra,
    ); // prettier-ignore
  }
  if (between !== undefined) files.push(between);
  const [body, index] = [Buffer.concat(files), Buffer.concat(directory)];
  const tail = record(END, {
    8: entries.length,
    10: entries.length,
    12: index.length,
    16: body.length,
    20: comment.length,
    ...end,
  });
  return new Uint8Array(Buffer.concat([body, index, locator ?? new Uint8Array(0), tail, comment]));
}
