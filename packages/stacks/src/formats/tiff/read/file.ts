import { InvalidImageError } from '@dilated-unet/core';
import type { ByteSource } from '../../../bytes.ts';

/** A TIFF file, with what its header says. */
export interface TiffFile {
  /** For directories and tables; pixels are read from the source itself. */
  readonly bytes: ByteSource;
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

/** Reads the header of `source`. @throws InvalidImageError when it is not the header of a TIFF file. */
export async function readHeader(source: ByteSource): Promise<TiffFile> {
  if (source.byteLength === 0) throw new InvalidImageError('The file is empty (0 bytes). Give a TIFF file.');
  const bytes = await source.slice(0, Math.min(16, source.byteLength));
  const order = bytes[0] === bytes[1] ? bytes[0] : undefined;
  const littleEndian = order === 0x49;
  if (!littleEndian && order !== 0x4d) throw notTiff(bytes);
  const view = new DataView(bytes.buffer);
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
  const file = { bytes: source, littleEndian, bigTiff };
  return { ...file, firstDirectory: readUnsigned(file, view, bigTiff ? 8 : 4, bigTiff ? 8 : 4) };
}

/** The unsigned number of `size` bytes at `offset` of `view`; above 2 ** 53 it is rounded. */
export function readUnsigned(
  { littleEndian }: Pick<TiffFile, 'littleEndian'>,
  view: DataView,
  offset: number,
  size: 1 | 2 | 4 | 8,
): number {
  if (size === 1) return view.getUint8(offset);
  if (size === 2) return view.getUint16(offset, littleEndian);
  return size === 4 ? view.getUint32(offset, littleEndian) : Number(view.getBigUint64(offset, littleEndian));
}

/** Whether `length` bytes at `offset` lie inside the file. */
export function liesInside({ bytes }: TiffFile, offset: number, length: number): boolean {
  return offset >= 0 && length >= 0 && offset + length <= bytes.byteLength;
}

function notTiff(bytes: Uint8Array): InvalidImageError {
  const start = [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, '0'));
  const kind = FOREIGN.find(([magic]) => start.join('').startsWith(magic))?.[1];
  return new InvalidImageError(
    `This is not a TIFF file: it starts with the bytes ${start.join(' ')}${kind ? ` (${kind})` : ''}, a TIFF file ` +
      'with "II" or "MM" and 42 or 43. Convert the image to a grey TIFF (in Fiji: File > Save As > Tiff).',
  );
}
