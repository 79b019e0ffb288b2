/**
 * `data` as a NumPy file (version 1.0), float32, little-endian, in C order.
 *
 * @param shape sizes of the axes, whose product is the number of values.
 */
export function encodeNpy(data: Float32Array, shape: readonly number[]): Uint8Array {
  const dict = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.map((size) => `${size},`).join(' ')}), }`;
  // Magic, version and length take 10 bytes; the values begin at a multiple of 64.
  const length = Math.ceil((10 + dict.length + 1) / 64) * 64 - 10;
  const out = new Uint8Array(10 + length + data.byteLength);
  out.set([0x93, ...Buffer.from('NUMPY'), 1, 0, length & 255, length >> 8]);
  out.set(Buffer.from(`${dict.padEnd(length - 1)}\n`), 10);
  const view = new DataView(out.buffer, 10 + length);
  data.forEach((value, i) => view.setFloat32(4 * i, value, true));
  return out;
}
