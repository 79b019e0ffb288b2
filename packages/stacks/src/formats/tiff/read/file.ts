import { InvalidImageError } from '@dilated-unet/core';

/** A TIFF file in memory, with what its header says. */
export interface TiffFile {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly littleEndian: boolean;
  /** Whether offsets have 64 bits (BigTIFF) rather than 32 (classic). */
  readonly bigTiff: boolean;
  /** Byte offset of the first directory; 0 means that there is none. */
  readonly firstDirectory: number;
}

const FOREIGN: readonly (readonly [string, string])[] = [
  ['89504e47', 'PNG'],
  ['ffd8ff', 'JPEG'],
  ['47494638', 'GIF'],
  ['424d', 'BMP'],
  ['25504446', 'PDF'],
  ['504b0304', 'ZIP archive'],
  ['1f8b', 'gzip archive'],
  ['89484446', 'HDF5'],
];

/** Reads the header of `input`, a TIFF file in memory. @throws InvalidImageError when it is not the header of a TIFF file. */
export function openTiff(input: Uint8Array): TiffFile {
  // A Buffer of Node is a Uint8Array whose `slice` does not copy: the input would be changed in decoding.
  const bytes = new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
  if (bytes.length === 0) throw new InvalidImageError('The file is empty (0 bytes). Give a TIFF file.');
  const order = bytes[0] === bytes[1] ? bytes[0] : undefined;
  const littleEndian = order === 0x49;
  if (!littleEndian && order !== 0x4d) throw notTiff(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = bytes.length >= 4 ? view.getUint16(2, littleEndian) : undefined;
  if (magic !== undefined && magic !== 42 && magic !== 43) throw notTiff(bytes);
  const bigTiff = magic === 43;
  if (bytes.length < (bigTiff ? 16 : 8)) {
    throw new InvalidImageError(
      `The TIFF header is cut off: the file has ${bytes.length} bytes. Copy or download the file again.`,
    );
  }
  if (bigTiff && (view.getUint16(4, littleEndian) !== 8 || view.getUint16(6, littleEndian) !== 0)) {
    throw new InvalidImageError(
      `The BigTIFF header says offsets of ${view.getUint16(4, littleEndian)} bytes; only 8 is defined. ` +
        'The file is damaged: write it again.',
    );
  }
  const firstDirectory = bigTiff ? Number(view.getBigUint64(8, littleEndian)) : view.getUint32(4, littleEndian);
  return { bytes, view, littleEndian, bigTiff, firstDirectory };
}

/** The unsigned number of `size` bytes at `offset`, which must lie inside the file; above 2 ** 53 it is rounded. */
export function readUnsigned({ view, littleEndian }: TiffFile, offset: number, size: 1 | 2 | 4 | 8): number {
  if (size === 1) return view.getUint8(offset);
  if (size === 2) return view.getUint16(offset, littleEndian);
  return size === 4 ? view.getUint32(offset, littleEndian) : Number(view.getBigUint64(offset, littleEndian));
}

/** Whether `length` bytes at `offset` lie inside the file. */
export function liesInside({ bytes }: TiffFile, offset: number, length: number): boolean {
  return offset >= 0 && length >= 0 && offset + length <= bytes.length;
}

function notTiff(bytes: Uint8Array): InvalidImageError {
  const start = [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, '0'));
  const kind = FOREIGN.find(([magic]) => start.join('').startsWith(magic))?.[1];
  return new InvalidImageError(
    `This is not a TIFF file: it starts with the bytes ${start.join(' ')}${kind ? ` (${kind})` : ''}, a TIFF file ` +
      'with "II" or "MM" and 42 or 43. Convert the image to a grey TIFF (in Fiji: File > Save As > Tiff).',
  );
}
