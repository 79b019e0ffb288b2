import type { Draw } from './draw.ts';

/** Bits and SampleFormat of a page. */
export type ValueType = readonly [bits: number, format: number];

export const TYPES: readonly ValueType[] = [
  [1, 1], [2, 1], [4, 1], [8, 1], [12, 1], [16, 1], [32, 1], [64, 1], [8, 2], [16, 2], [32, 2], [64, 2], [16, 3], [32, 3], [64, 3],
]; // prettier-ignore

/** `length` bytes of values: noise, or a few values again and again; some of the wide ones are more than float32 holds. */
export function values(length: number, [bits, format]: ValueType, draw: Draw, littleEndian: boolean): Uint8Array {
  const out = new Uint8Array(length);
  const few = draw.chance(0.5) ? [0, 255, draw.below(256)] : undefined;
  if (format < 3 && bits <= 16) return out.map(() => (few === undefined ? draw.below(256) : draw.of(few)));
  const view = new DataView(out.buffer);
  const size = bits / 8;
  const isOdd = draw.chance(0.03);
  for (let at = 0; at + size <= length; at += size) {
    const odd = isOdd && draw.chance(0.1);
    const value = few === undefined ? draw.below(2000) - (format === 1 ? 0 : 1000) : draw.of(few);
    if (format === 3 && bits === 32) view.setFloat32(at, odd ? draw.of([NaN, Infinity, -0]) : value / 8, littleEndian);
    else if (format === 3 && bits === 64) view.setFloat64(at, odd ? draw.of([NaN, 1e39]) : value / 7, littleEndian);
    else if (format === 3) view.setUint16(at, odd ? draw.below(65536) : draw.below(0x7c00), littleEndian);
    else if (bits === 64) view.setBigInt64(at, BigInt(odd ? 2 ** 53 - value : value), littleEndian);
    else view.setInt32(at, odd ? 2 ** 24 + value : value, littleEndian);
  }
  return out;
}
