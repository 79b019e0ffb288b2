import { InvalidPackageError } from '@dilated-unet/core';

/** Values of a NumPy file. */
export interface NpyArray {
  /** In C order. */
  readonly data: Float32Array<ArrayBuffer>;
  readonly shape: readonly number[];
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
/** Magic, version, and the length of the header. */
const PREFIX = MAGIC.length + 4;

/**
 * `data` as a NumPy file (version 1.0), float32, little-endian, in C order.
 *
 * @param shape sizes of the axes, whose product is the number of values.
 */
export function encodeNpy(data: Float32Array, shape: readonly number[]): Uint8Array<ArrayBuffer> {
  const dict = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.map((size) => `${size},`).join(' ')}), }`;
  // The values begin at a multiple of 64.
  const length = Math.ceil((PREFIX + dict.length + 1) / 64) * 64 - PREFIX;
  const out = new Uint8Array(PREFIX + length + data.byteLength);
  out.set([...MAGIC, 1, 0, length & 255, length >> 8]);
  out.set(new TextEncoder().encode(`${dict.padEnd(length - 1)}\n`), PREFIX);
  const view = new DataView(out.buffer, PREFIX + length);
  data.forEach((value, i) => view.setFloat32(4 * i, value, true));
  return out;
}

/**
 * The values of a NumPy file as `encodeNpy` and NumPy write it: float32, little-endian, in C order, version 1.0.
 *
 * @param field names the file in messages.
 * @throws InvalidPackageError when it is another file, or has more or fewer values than its shape says.
 */
export function decodeNpy(file: Uint8Array, field: string): NpyArray {
  const isNpy = MAGIC.every((byte, i) => file[i] === byte) && file[6] === 1 && file[7] === 0 && file.length >= PREFIX;
  if (!isNpy) throw new InvalidPackageError(field, 'must be a NumPy file of version 1.0');
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const start = PREFIX + view.getUint16(8, true);
  const header = String.fromCharCode(...file.subarray(PREFIX, Math.min(start, PREFIX + 1024)));
  const dtype = /'descr': '([^']*)'/.exec(header)?.[1];
  if (dtype !== '<f4') throw new InvalidPackageError(field, 'must have values of type float32 (<f4)', dtype ?? header);
  if (!/'fortran_order': False\b/.test(header)) {
    throw new InvalidPackageError(field, 'must have its values in C order', header);
  }
  const sizes = /'shape': \(([0-9, ]*)\)/.exec(header)?.[1];
  if (sizes === undefined) throw new InvalidPackageError(field, 'must say its shape', header);
  const shape = sizes.split(',').map((size) => size.trim()).filter((size) => size !== '').map(Number); // prettier-ignore
  const count = shape.reduce((product, size) => product * size, 1);
  if (start + 4 * count !== file.length) {
    throw new InvalidPackageError(field, `must have the ${count} values of its shape`, (file.length - start) / 4);
  }
  return { data: Float32Array.from({ length: count }, (_, i) => view.getFloat32(start + 4 * i, true)), shape };
}
