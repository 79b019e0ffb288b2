import { InvalidOptionError } from '../errors.ts';

/** Grey values of one section or stack. Unsigned integers are raw intensities; floats are whatever their owner says. */
export type GreyData = Uint8Array | Uint16Array | Float32Array;

/** One grey section. */
export interface GreyImage<T extends GreyData = GreyData> {
  /** Columns (x), pixels. */
  readonly width: number;
  /** Rows (y), pixels. */
  readonly height: number;
  /** Axes y, x; row-major, `height * width` values. */
  readonly data: T;
}

/** Sections of one size, in order of z. */
export interface GreyStack<T extends GreyData = GreyData> {
  readonly width: number;
  readonly height: number;
  /** Sections (z). */
  readonly depth: number;
  /** Axes z, y, x; row-major, `depth * height * width` values. */
  readonly data: T;
}

/** Section `z` of `stack`, a view on the same memory. @throws InvalidOptionError when `z` is not in the stack. */
export function section<T extends GreyData>(stack: GreyStack<T>, z: number): GreyImage<T> {
  if (!Number.isInteger(z) || z < 0 || z >= stack.depth) {
    throw new InvalidOptionError('z', `must be an integer in 0 ... ${stack.depth - 1}, a section of the stack`, z);
  }
  const size = stack.width * stack.height;
  return {
    width: stack.width,
    height: stack.height,
    data: stack.data.subarray(z * size, (z + 1) * size) as T,
  };
}

/**
 * Sections `from` (included) to `to` (excluded) of `stack`, a view on the same memory.
 *
 * @throws InvalidOptionError when there is no section in that range, or it leaves the stack.
 */
export function sections<T extends GreyData>(stack: GreyStack<T>, from: number, to: number): GreyStack<T> {
  if (!(Number.isInteger(from) && Number.isInteger(to) && from >= 0 && from < to && to <= stack.depth)) {
    const rule = `must be integers with 0 <= from < to <= ${stack.depth}, the sections of the stack`;
    throw new InvalidOptionError('from and to', rule, [from, to]);
  }
  const size = stack.width * stack.height;
  return {
    width: stack.width,
    height: stack.height,
    depth: to - from,
    data: stack.data.subarray(from * size, to * size) as T,
  };
}

/** `length` zeros of the kind of `data`. */
export function emptyLike<T extends GreyData>(data: T, length: number): T {
  switch (data[Symbol.toStringTag]) {
    case 'Uint8Array':
      return new Uint8Array(length) as T;
    case 'Uint16Array':
      return new Uint16Array(length) as T;
    default:
      return new Float32Array(length) as T;
  }
}
