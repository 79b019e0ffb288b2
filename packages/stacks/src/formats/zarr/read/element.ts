import { NATIVE_LITTLE_ENDIAN } from '../../../dtype.ts';
import { unpacker, type StoredType } from '../../../stored-values.ts';
import type { Json } from './json.ts';

/** How a value of an array is stored. */
export interface Element {
  readonly stored: StoredType;
  /** Values are 0 and 1, and read as 0 and 255, as pages of one bit in TIFF are. */
  readonly isBoolean: boolean;
}

const KINDS = { u: 'unsigned', i: 'signed', f: 'float' } as const;

/** The element of zarr 3's name of a data type, as `uint16`; undefined for one that is not read. */
export function elementOf(name: string): Element | undefined {
  if (name === 'bool') return { stored: { kind: 'unsigned', bits: 8 }, isBoolean: true };
  const [, kind, bits] = /^(u?int|float)(8|16|32|64)$/.exec(name) ?? [];
  if (kind === undefined || (kind === 'float' && bits === '8')) return undefined;
  return { stored: { kind: KINDS[kind[0] as keyof typeof KINDS], bits: Number(bits) }, isBoolean: false };
}

/** The same for zarr 2's, which are NumPy's: `<u2`. */
export function elementOfNumpy(
  name: string,
): { readonly element: Element; readonly littleEndian: boolean } | undefined {
  const [, order, kind, size] = /^([<>|])([buif])([1248])$/.exec(name) ?? [];
  if (kind === undefined || size === undefined || (order === '|' && size !== '1')) return undefined;
  const element = kind === 'b' ? size === '1' && elementOf('bool') : elementOf(`${NUMPY[kind]}${8 * Number(size)}`);
  return element ? { element, littleEndian: order !== '>' } : undefined;
}

const NUMPY: Readonly<Record<string, string>> = { u: 'uint', i: 'int', f: 'float' };

const SPECIAL: Readonly<Record<string, number>> = { NaN, Infinity, '-Infinity': -Infinity };

/** The number that the fill value of metadata stands for; undefined where it cannot be one of `element`. */
export function fillValue(value: Json | undefined, { stored, isBoolean }: Element): number | undefined {
  if (value === undefined || value === null) return 0;
  if (isBoolean) return value === true || value === 1 ? 255 : value === false || value === 0 ? 0 : undefined;
  if (typeof value === 'string') {
    if (stored.kind !== 'float') return undefined;
    return SPECIAL[value] ?? ofPattern(value, stored);
  }
  if (typeof value !== 'number') return undefined;
  if (stored.kind === 'float') return value;
  const [least, most] =
    stored.kind === 'signed' ? [-(2 ** (stored.bits - 1)), 2 ** (stored.bits - 1)] : [0, 2 ** stored.bits];
  // Of 64 bits the highest are rounded upwards when JSON is read.
  return Number.isInteger(value) && value >= least && (value < most || stored.bits === 64) ? value : undefined;
}

/** `0x7fc00000`: the bits of a floating-point number, the highest first. */
function ofPattern(text: string, stored: StoredType): number | undefined {
  const size = stored.bits / 8;
  if (!/^0x[\da-f]+$/i.test(text) || text.length !== 2 + 2 * size) return undefined;
  const bytes = Uint8Array.from({ length: size }, (_, i) => Number.parseInt(text.slice(2 + 2 * i, 4 + 2 * i), 16));
  if (NATIVE_LITTLE_ENDIAN) bytes.reverse();
  const out = new Float32Array(1);
  const unpack = unpacker(stored);
  if (unpack === undefined) return new Float32Array(bytes.buffer)[0];
  unpack(bytes, 0, 1, out, 0);
  return out[0];
}
