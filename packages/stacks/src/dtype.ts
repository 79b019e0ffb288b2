import type { GreyData } from '@dilated-unet/core';

/** Type of the grey values of a stack, by the names that NumPy uses. */
export type Dtype = 'uint8' | 'uint16' | 'float32';

/** Type of what is written: grey values, or ids. */
export type StoredDtype = Dtype | 'uint32';
/** Values that are written. */
export type StoredData = GreyData | Uint32Array;
/** One section as it is written. */
export interface StoredImage {
  /** Columns (x), pixels. */
  readonly width: number;
  /** Rows (y), pixels. */
  readonly height: number;
  /** Axes y, x; row-major, `height * width` values. */
  readonly data: StoredData;
}

/** Bytes of one value. */
export const BYTES_PER_VALUE: Readonly<Record<StoredDtype, 1 | 2 | 4>> = { uint8: 1, uint16: 2, uint32: 4, float32: 4 };

/** Whether this machine stores numbers with the lowest byte first, as nearly every machine does. */
export const NATIVE_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** The dtype of `data`. */
export function dtypeOf(data: GreyData): Dtype;
export function dtypeOf(data: StoredData): StoredDtype;
export function dtypeOf(data: StoredData): StoredDtype {
  if (data instanceof Uint8Array) return 'uint8';
  if (data instanceof Uint16Array) return 'uint16';
  return data instanceof Uint32Array ? 'uint32' : 'float32';
}

/** `count` zeros of type `dtype`. @throws RangeError when there is not enough memory. */
export function zeros(dtype: Dtype, count: number): GreyData;
export function zeros(dtype: StoredDtype, count: number): StoredData;
export function zeros(dtype: StoredDtype, count: number): StoredData {
  if (dtype === 'uint8') return new Uint8Array(count);
  if (dtype === 'uint16') return new Uint16Array(count);
  return dtype === 'uint32' ? new Uint32Array(count) : new Float32Array(count);
}

/** The memory of `data` as bytes, not copied. */
export function bytesOf(data: StoredData): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** `bytes` as values of type `dtype`; copied only where they do not lie where such values may. */
export function valuesIn(bytes: Uint8Array<ArrayBuffer>, dtype: Dtype): GreyData {
  if (dtype === 'uint8') return bytes;
  const { buffer, byteOffset, byteLength } = bytes.byteOffset % BYTES_PER_VALUE[dtype] === 0 ? bytes : bytes.slice();
  const count = byteLength / BYTES_PER_VALUE[dtype];
  return dtype === 'uint16' ? new Uint16Array(buffer, byteOffset, count) : new Float32Array(buffer, byteOffset, count);
}

/** Reverses the bytes of each value of `size` bytes, in place. */
export function swapBytes(bytes: Uint8Array, size: 1 | 2 | 4 | 8): void {
  if (size === 1) return;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (size === 2) {
    for (let i = 0; i + 2 <= bytes.length; i += 2) view.setUint16(i, view.getUint16(i, true), false);
  } else if (size === 8) {
    for (let i = 0; i + 8 <= bytes.length; i += 8) view.setBigUint64(i, view.getBigUint64(i, true), false);
  } else {
    for (let i = 0; i + 4 <= bytes.length; i += 4) view.setUint32(i, view.getUint32(i, true), false);
  }
}
