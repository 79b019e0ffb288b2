import { InvalidImageError } from '@dilated-unet/core';
import type { CodecTags } from '../compression/decoder.ts';
import { compressionOf, refusal, SCHEMES, type Compression } from '../compression/schemes.ts';
import type { OpenOptions } from '../../../options.ts';
import type { Dtype } from '../../../dtype.ts';
import { PHOTOMETRIC, SAMPLE_FORMAT, TAG } from '../tags.ts';
import { readCodecTags } from './codec-tags.ts';
import { readNumber, readNumbers, type Directory } from './directory.ts';
import { readGreyPalette } from './palette.ts';
import { dtypeFor, type StoredType } from './values.ts';

/** How the grey values of one page are stored. */
export interface PixelFormat {
  /** What the values become in memory. */
  readonly dtype: Dtype;
  readonly stored: StoredType;
  /** Where a stored value stands for another: what each of them becomes. */
  readonly lookup?: Uint8Array | Uint16Array | undefined;
  /** Whether the file says that 0 is white. Values above 16 bits, signed and floating-point ones stay as they are stored. */
  readonly minIsWhite: boolean;
  /** Byte order of the stored values. */
  readonly littleEndian: boolean;
  readonly compression: Compression;
  readonly codec: CodecTags;
  /** 1 none, 2 horizontal differences, 3 floating-point differences. */
  readonly predictor: 1 | 2 | 3;
}

const KINDS: ReadonlyMap<number, StoredType['kind']> = new Map([
  [SAMPLE_FORMAT.unsigned, 'unsigned'],
  [SAMPLE_FORMAT.signed, 'signed'],
  [SAMPLE_FORMAT.float, 'float'],
  [SAMPLE_FORMAT.undefined, 'unsigned'],
]);
const KIND_NAMES = {
  unsigned: 'unsigned integer values',
  signed: 'signed integer values',
  float: 'floating-point values',
} as const;

const TO_GREY = 'Convert it to grey (in Fiji: Image > Type > 8-bit; with ImageMagick: -colorspace Gray)';

/** What a page is that is no grey image of a kind that is read. It may be passed over where another image is meant. */
export class UnsupportedPageError extends InvalidImageError {}

/**
 * The pixel format of `directory`.
 *
 * @param labels whether the numbers of a palette are the values.
 * @throws UnsupportedPageError for what is not grey, or not supported; InvalidImageError for what is damaged.
 */
export async function readPixelFormat(
  directory: Directory,
  { labels }: Pick<OpenOptions, 'labels'>,
): Promise<PixelFormat> {
  const refuse = (what: string): UnsupportedPageError =>
    new UnsupportedPageError(`Page ${directory.page} (directory at byte ${directory.offset}): ${what}.`);

  const samples = await readNumber(directory, TAG.samplesPerPixel, 'SamplesPerPixel', 1);
  if (samples !== 1) {
    const meaning = samples === 2 ? 'grey with alpha' : samples > 2 ? 'colour' : 'damaged';
    throw refuse(`SamplesPerPixel is ${samples} (${meaning}); only grey images of 1 sample are read. ${TO_GREY}`);
  }
  const photometric = await readNumber(directory, TAG.photometricInterpretation, 'PhotometricInterpretation', 1);
  if (!Object.values<number>(PHOTOMETRIC).includes(photometric)) {
    throw refuse(`PhotometricInterpretation is ${photometric} (not grey). ${TO_GREY}`);
  }
  const bits = (await readNumbers(directory, TAG.bitsPerSample, 'BitsPerSample', 1))?.[0] ?? 1;
  const sampleFormat = await readNumber(directory, TAG.sampleFormat, 'SampleFormat', SAMPLE_FORMAT.unsigned);
  const kind = KINDS.get(sampleFormat);
  const dtype = kind && dtypeFor({ kind, bits });
  if (kind === undefined || dtype === undefined) {
    throw refuse(
      `${bits}-bit ${kind === undefined ? `SampleFormat ${sampleFormat} values` : KIND_NAMES[kind]} are not ` +
        'supported. Convert to unsigned 8 or 16 bits or to 32-bit float (in Fiji: Image > Type)',
    );
  }
  const stored = { kind, bits };
  const { littleEndian } = directory.file;
  const isPalette = photometric === PHOTOMETRIC.palette;
  if (isPalette && (kind !== 'unsigned' || bits > 16)) {
    throw refuse(`a palette of ${bits}-bit ${KIND_NAMES[kind]} is not defined`);
  }
  const palette = isPalette && labels !== true ? await readGreyPalette(directory, bits) : undefined;
  if (isPalette && labels !== true && palette === undefined) {
    throw refuse(`PhotometricInterpretation is 3 (a colour palette). ${TO_GREY}`);
  }
  const minIsWhite = photometric === PHOTOMETRIC.minIsWhite;
  const lookup = isPalette ? palette : greyTable(stored, minIsWhite);
  const scheme = await readNumber(directory, TAG.compression, 'Compression', 1);
  const compression = compressionOf(scheme);
  if (compression === undefined) throw refuse(refusal(scheme));
  const codec = await readCodecTags(directory, compression);
  const predictor = await readNumber(directory, TAG.predictor, 'Predictor', 1);
  if (SCHEMES[compression].predictor !== true) {
    return { dtype, stored, lookup, minIsWhite, littleEndian, compression, codec, predictor: 1 };
  }
  const fits = predictor === 1 || (predictor === 2 && bits % 8 === 0) || (predictor === 3 && kind === 'float');
  if (!fits) {
    throw refuse(`Predictor ${predictor} is not defined for ${bits}-bit values. Write the file again without it`);
  }
  return { dtype, stored, lookup, minIsWhite, littleEndian, compression, codec, predictor };
}

/** 1-bit values become 0 and 255. Where 0 stands for white, integers are turned round, so that white is the highest. */
function greyTable({ kind, bits }: StoredType, minIsWhite: boolean): PixelFormat['lookup'] {
  if (kind !== 'unsigned' || bits > 16 || (bits > 1 && !minIsWhite)) return undefined;
  const white = bits === 1 ? 255 : 2 ** bits - 1;
  const table = bits <= 8 ? new Uint8Array(2 ** bits) : new Uint16Array(2 ** bits);
  const step = white / (2 ** bits - 1);
  return table.map((_, value) => (minIsWhite ? white - value * step : value * step));
}
