import { BYTES_PER_VALUE, type StoredDtype } from '../../../dtype.ts';
import type { PixelSize } from '../../../source.ts';
import { FIELD_TYPE, PHOTOMETRIC, SAMPLE_FORMAT, TAG } from '../tags.ts';

/** Compressions that are written. */
export type WriteCompression = 'none' | 'deflate';

/** What the directory of one page says. */
export interface PageDescription {
  readonly width: number;
  readonly height: number;
  readonly dtype: StoredDtype;
  readonly compression: WriteCompression;
  readonly rowsPerStrip: number;
  /** Bytes of each strip, from the top row down. */
  readonly stripByteCounts: readonly number[];
  readonly description: string | undefined;
  readonly pixelSize: PixelSize | undefined;
}

/** Of the resolution: the unit stands in the description. */
const NO_UNIT = 1;

type Field = readonly [tag: number, type: number, values: readonly number[] | Uint8Array];

const NUMBER_BYTES: Readonly<Record<number, number>> = {
  [FIELD_TYPE.ascii]: 1,
  [FIELD_TYPE.short]: 2,
  [FIELD_TYPE.long]: 4,
  [FIELD_TYPE.rational]: 8,
  [FIELD_TYPE.long8]: 8,
};

/** The header of a file whose first directory follows it. Little endian, like every file written here. */
export function encodeHeader(bigTiff: boolean): Uint8Array {
  const bytes = new Uint8Array(headerSize(bigTiff));
  const view = new DataView(bytes.buffer);
  bytes.fill(0x49, 0, 2);
  view.setUint16(2, bigTiff ? 43 : 42, true);
  if (bigTiff) view.setUint16(4, 8, true);
  putOffset(view, bigTiff ? 8 : 4, headerSize(bigTiff), bigTiff);
  return bytes;
}

/** Bytes of the header. */
function headerSize(bigTiff: boolean): number {
  return bigTiff ? 16 : 8;
}

/** Bytes of the directory of `page` with its tables, a multiple of 8: the strips follow it. */
export function directorySize(page: PageDescription, bigTiff: boolean): number {
  const fields = fieldsOf(page, 0, bigTiff);
  const tables = fields.reduce((sum, field) => sum + outside(field, bigTiff), 0);
  return align(entriesSize(fields.length, bigTiff) + tables);
}

/**
 * The directory of `page` with its tables.
 *
 * @param start byte offset of the directory in the file, a multiple of 8; the strips follow the directory
 * @param next byte offset of the next page's directory, 0 after the last
 */
export function encodeDirectory(page: PageDescription, start: number, next: number, bigTiff: boolean): Uint8Array {
  const length = directorySize(page, bigTiff);
  const fields = fieldsOf(page, start + length, bigTiff);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  if (bigTiff) view.setBigUint64(0, BigInt(fields.length), true);
  else view.setUint16(0, fields.length, true);
  const slotSize = bigTiff ? 8 : 4;
  let entry = bigTiff ? 8 : 2;
  let table = entriesSize(fields.length, bigTiff);
  for (const field of fields) {
    const [tag, type, values] = field;
    view.setUint16(entry, tag, true);
    view.setUint16(entry + 2, type, true);
    putOffset(view, entry + 4, values.length, bigTiff);
    const slot = entry + (bigTiff ? 12 : 8);
    const size = outside(field, bigTiff);
    if (size > 0) putOffset(view, slot, start + table, bigTiff);
    putValues(view, size > 0 ? table : slot, type, values);
    table += size;
    entry = slot + slotSize;
  }
  putOffset(view, entry, next, bigTiff);
  return bytes;
}

/** `length` rounded up to a multiple of 8, so that directories and BigTIFF's numbers lie on their boundaries. */
export function align(length: number): number {
  return Math.ceil(length / 8) * 8;
}

/** In ascending order of tags, as TIFF 6.0 asks. */
function fieldsOf(page: PageDescription, firstStrip: number, bigTiff: boolean): Field[] {
  const { short, long, ascii, rational } = FIELD_TYPE;
  const offsetType = bigTiff ? FIELD_TYPE.long8 : long;
  let position = firstStrip;
  const stripOffsets = page.stripByteCounts.map((size) => (position += size) - size);
  const text = (value: string): Uint8Array => new TextEncoder().encode(`${value}\0`);
  const { pixelSize } = page;
  const fields: (Field | undefined)[] = [
    [TAG.imageWidth, long, [page.width]],
    [TAG.imageLength, long, [page.height]],
    [TAG.bitsPerSample, short, [8 * BYTES_PER_VALUE[page.dtype]]],
    [TAG.compression, short, [page.compression === 'deflate' ? 8 : 1]],
    [TAG.photometricInterpretation, short, [PHOTOMETRIC.minIsBlack]],
    page.description === undefined ? undefined : [TAG.imageDescription, ascii, text(page.description)],
    [TAG.stripOffsets, offsetType, stripOffsets],
    [TAG.samplesPerPixel, short, [1]],
    [TAG.rowsPerStrip, long, [page.rowsPerStrip]],
    [TAG.stripByteCounts, offsetType, page.stripByteCounts],
    pixelSize && [TAG.xResolution, rational, [1 / pixelSize.x]],
    pixelSize && [TAG.yResolution, rational, [1 / pixelSize.y]],
    [TAG.planarConfiguration, short, [1]],
    pixelSize && [TAG.resolutionUnit, short, [NO_UNIT]],
    [TAG.software, ascii, text('dilated-unet')],
    [TAG.sampleFormat, short, [page.dtype === 'float32' ? SAMPLE_FORMAT.float : SAMPLE_FORMAT.unsigned]],
  ];
  return fields.filter((field) => field !== undefined);
}

function entriesSize(count: number, bigTiff: boolean): number {
  return bigTiff ? align(8 + count * 20 + 8) : align(2 + count * 12 + 4);
}

/** Bytes of a field's values where they do not fit into its entry, 0 where they do. */
function outside([, type, values]: Field, bigTiff: boolean): number {
  const size = values.length * (NUMBER_BYTES[type] as number);
  return size > (bigTiff ? 8 : 4) ? align(size) : 0;
}

function putValues(view: DataView, offset: number, type: number, values: readonly number[] | Uint8Array): void {
  const size = NUMBER_BYTES[type] as number;
  for (const [i, value] of values.entries()) {
    const at = offset + i * size;
    if (type === FIELD_TYPE.rational) putRational(view, at, value);
    else if (size === 1) view.setUint8(at, value);
    else if (size === 2) view.setUint16(at, value, true);
    else putOffset(view, at, value, size === 8);
  }
}

/** A fraction whose numerator is a million where there is room, so that sizes of up to six decimals stay what they are. */
function putRational(view: DataView, offset: number, value: number): void {
  const numerator = Math.min(1e6, Math.max(1, Math.floor((2 ** 32 - 1) * value)));
  view.setUint32(offset, numerator, true);
  view.setUint32(offset + 4, Math.min(2 ** 32 - 1, Math.round(numerator / value)), true);
}

function putOffset(view: DataView, offset: number, value: number, big: boolean): void {
  if (big) view.setBigUint64(offset, BigInt(value), true);
  else view.setUint32(offset, value, true);
}
