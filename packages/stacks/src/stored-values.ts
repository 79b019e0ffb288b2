import { InvalidImageError, type GreyData } from '@dilated-unet/core';
import type { Dtype } from './dtype.ts';
import { LARGEST_EXACT, type IdNumbers } from './ids.ts';

/** How one value is stored. */
export interface StoredType {
  readonly kind: 'unsigned' | 'signed' | 'float';
  /** 1 ... 64. Rows of values that do not fill bytes are packed, highest bit first, and filled up to a whole byte. */
  readonly bits: number;
}

/** For messages, for example `int16`. */
export function storedName({ kind, bits }: StoredType): string {
  return bits === 1 ? '1 bit' : `${{ unsigned: 'uint', signed: 'int', float: 'float' }[kind]}${bits}`;
}

/** The highest value, of floating-point values 1: what opaque pixels have. */
export function highestValue({ kind, bits }: StoredType): number {
  if (kind === 'float') return 1;
  return 2 ** (kind === 'signed' ? bits - 1 : bits) - 1;
}

/** Writes values `from` (included) to `to` (excluded) of a stored row, in machine byte order, to `out` from `at` on. */
export type Unpack = (row: Uint8Array, from: number, to: number, out: GreyData, at: number) => void;

/** The type that holds the values of `stored`; undefined for one that is not read. */
export function dtypeFor({ kind, bits }: StoredType): Dtype | undefined {
  if (kind === 'float') return [16, 32, 64].includes(bits) ? 'float32' : undefined;
  if (kind === 'unsigned' && bits >= 1 && bits <= 16) return bits <= 8 ? 'uint8' : 'uint16';
  return [8, 16, 32, 64].includes(bits) ? 'float32' : undefined;
}

/**
 * How values of `stored` become those of `dtypeFor(stored)`; undefined where they are the same bytes.
 *
 * @param ids where the values are labels: the numbers in place of integers that would be rounded.
 * @throws InvalidImageError, when it is called, for a value that float32 cannot hold: an integer that would be rounded, or
 *   a number above its range. Other 64-bit floating-point values are rounded. Of labels for a floating-point id that may have been
 *   rounded when it was stored. The highest integer of 32 bits and those from 2 ** 63 on stand for negative ones, and are read as these.
 */
export function unpacker({ kind, bits }: StoredType, ids?: IdNumbers): Unpack | undefined {
  if (kind === 'unsigned') {
    if (bits === 8 || bits === 16) return undefined;
    if (bits < 16) return (...request) => unpackBits(bits, ...request);
  }
  if (kind === 'float' && bits === 32 && ids === undefined) return undefined;
  const size = bits / 8;
  return (row, from, to, out, at) => {
    // A copy, which lies where an array of such values may.
    const values = valuesOf(kind, bits, row.slice(from * size, to * size).buffer, ids);
    for (let i = 0; i < to - from; i++) out[at + i] = values(i);
  };
}

function valuesOf(
  kind: StoredType['kind'],
  bits: number,
  buffer: ArrayBuffer,
  ids: IdNumbers | undefined,
): (i: number) => number {
  if (kind === 'float') {
    if (bits === 16) {
      const halves = new Uint16Array(buffer);
      return (i) => halfToNumber(halves[i] as number);
    }
    const floats = bits === 32 ? new Float32Array(buffer) : new Float64Array(buffer);
    if (ids !== undefined) return (i) => floatId(floats[i] as number, bits, ids);
    return (i) => inFloat32(floats[i] as number);
  }
  if (bits === 64) {
    const whole = kind === 'signed' ? new BigInt64Array(buffer) : new BigUint64Array(buffer);
    return ids === undefined ? (i) => exact(Number(whole[i])) : inRuns((i) => whole[i] as bigint, kind, bits, ids);
  }
  if (bits === 32) {
    const whole = kind === 'signed' ? new Int32Array(buffer) : new Uint32Array(buffer);
    return ids === undefined ? (i) => exact(whole[i] as number) : inRuns((i) => whole[i] as number, kind, bits, ids);
  }
  const whole = bits === 16 ? new Int16Array(buffer) : new Int8Array(buffer);
  return (i) => whole[i] as number;
}

/** What `value`, one of `stored`, is read as. @throws InvalidImageError as what `unpacker` gives. */
export function readValue(value: number | bigint, { kind, bits }: StoredType, ids?: IdNumbers): number {
  if (kind === 'float') return ids === undefined ? inFloat32(Number(value)) : floatId(Number(value), bits, ids);
  if (ids !== undefined && value > LARGEST_EXACT) return largeId(BigInt(value), kind, bits, ids);
  return exact(Number(value));
}

function unpackBits(bits: number, row: Uint8Array, from: number, to: number, out: GreyData, at: number): void {
  for (let i = from; i < to; i++) {
    const first = i * bits;
    let value = 0;
    for (let bit = first; bit < first + bits;) {
      const taken = Math.min(8 - (bit & 7), first + bits - bit);
      const part = ((row[bit >> 3] as number) >> (8 - (bit & 7) - taken)) & ((1 << taken) - 1);
      value = (value << taken) | part;
      bit += taken;
    }
    out[at + i - from] = value;
  }
}

/** The number that a half-precision pattern stands for (IEEE 754, binary16). */
function halfToNumber(half: number): number {
  const sign = half >> 15 === 1 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** The numbers of integer ids; neighbours mostly have the same. */
function inRuns(
  at: (i: number) => number | bigint,
  kind: StoredType['kind'],
  bits: number,
  ids: IdNumbers,
): (i: number) => number {
  const stored = { kind, bits };
  let [last, number]: [number | bigint, number] = [0, 0];
  return (i) => {
    const id = at(i);
    if (id === last) return number;
    [last, number] = [id, readValue(id, stored, ids)];
    return number;
  };
}

/** The number of an id above 2 ** 24; the negative one that it stands for, with which programs mark pixels without a label. */
function largeId(id: bigint, kind: StoredType['kind'], bits: number, ids: IdNumbers): number {
  const isNegative = kind === 'unsigned' && (bits === 64 ? id >= 2n ** 63n : id === 2n ** 32n - 1n);
  return isNegative ? exact(Number(id - 2n ** BigInt(bits))) : ids.numberOf(id);
}

function floatId(value: number, bits: number, ids: IdNumbers): number {
  if (!Number.isInteger(value) || Math.abs(value) <= LARGEST_EXACT) return inFloat32(value);
  const most = bits === 32 ? LARGEST_EXACT : Number.MAX_SAFE_INTEGER;
  if (value > 0 && value <= most) return ids.numberOf(BigInt(value));
  throw new InvalidImageError(
    `the id ${value} may have been rounded, and objects with it: floating-point values of ${bits} bits hold all integers up ` +
      `to ${most}. Save ids as integers of 32 or 64 bits`,
  );
}

function exact(value: number): number {
  if (Math.abs(value) <= LARGEST_EXACT) return value;
  throw new InvalidImageError(
    `the value ${value} is too large: integers of 32 and 64 bits are read up to ${LARGEST_EXACT}. Save the stack with 16 bits ` +
      '(in Fiji: Image > Type > 16-bit), or labels with smaller numbers',
  );
}

function inFloat32(value: number): number {
  if (Number.isFinite(Math.fround(value)) || !Number.isFinite(value)) return value;
  throw new InvalidImageError(
    `the value ${value} is outside of the range of 32-bit floating-point numbers. Scale the grey values, and save them again`,
  );
}
