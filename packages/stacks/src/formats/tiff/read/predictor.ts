/**
 * Undoes horizontal differences (TIFF 6.0, section 14) in place: each value was stored as the difference from the one
 * on its left, modulo the width of the value; of several samples a pixel, from that of the same sample.
 *
 * @param bytes rows of `rowBytes` bytes; values of `size` bytes in this machine's byte order, aligned to their size
 * @param samples samples of a pixel that lie together
 */
export function undoDifferences(bytes: Uint8Array, rowBytes: number, size: 1 | 2 | 4 | 8, samples: number): void {
  if (size === 8) {
    undoWideDifferences(bytes, rowBytes, samples);
    return;
  }
  const values = valuesOf(bytes, size);
  const columns = rowBytes / size;
  for (let start = 0; start + columns <= values.length; start += columns) {
    // Counted from 0: numbers that come from the file are not small integers for the engine, and take four times as long.
    const row = values.subarray(start, start + columns);
    for (let sample = 0; sample < samples; sample++) {
      // A sum in a register: to read again what was just written takes twice as long.
      let sum = 0;
      for (let i = sample; i < row.length; i += samples) {
        sum = (sum + (row[i] as number)) | 0;
        row[i] = sum;
      }
    }
  }
}

/**
 * Undoes floating-point differences (Adobe Photoshop TIFF Technical Note 3) in place: each row holds the highest bytes
 * of all its values, then the next lower ones and so on, as differences from the byte on the left (`samples` bytes to the left).
 *
 * @param bytes rows of `rowBytes` bytes; on return values of `size` bytes
 * @param littleEndian byte order of the values on return; that of the file plays no part
 */
export function undoFloatDifferences(
  bytes: Uint8Array,
  rowBytes: number,
  size: number,
  littleEndian: boolean,
  samples: number,
): void {
  const columns = rowBytes / size;
  const planes = new Uint8Array(rowBytes);
  for (let row = 0; row + rowBytes <= bytes.length; row += rowBytes) {
    for (let i = 0; i < rowBytes; i++) {
      planes[i] = (bytes[row + i] as number) + (i < samples ? 0 : (planes[i - samples] as number));
    }
    for (let x = 0; x < columns; x++) {
      for (let b = 0; b < size; b++) {
        bytes[row + x * size + (littleEndian ? size - 1 - b : b)] = planes[b * columns + x] as number;
      }
    }
  }
}

function undoWideDifferences(bytes: Uint8Array, rowBytes: number, samples: number): void {
  const values = new BigUint64Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.length / 8));
  const columns = rowBytes / 8;
  for (let row = 0; row + columns <= values.length; row += columns) {
    for (let i = row + samples; i < row + columns; i++) {
      values[i] = (values[i] as bigint) + (values[i - samples] as bigint);
    }
  }
}

function valuesOf(bytes: Uint8Array, size: 1 | 2 | 4): Uint8Array | Uint16Array | Uint32Array {
  if (size === 1) return bytes;
  const count = Math.floor(bytes.length / size);
  return size === 2
    ? new Uint16Array(bytes.buffer, bytes.byteOffset, count)
    : new Uint32Array(bytes.buffer, bytes.byteOffset, count);
}
