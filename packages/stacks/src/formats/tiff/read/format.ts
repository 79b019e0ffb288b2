import type { CodecTags } from '../compression/decoder.ts';
import { compressionOf, refusal, REWRITE, SCHEMES, type Compression } from '../compression/schemes.ts';
import type { IdNumbers } from '../../../ids.ts';
import { toGrey, type OpenOptions } from '../../../options.ts';
import type { Dtype } from '../../../dtype.ts';
import { PHOTOMETRIC, SAMPLE_FORMAT, TAG } from '../tags.ts';
import { readCodecTags } from './codec-tags.ts';
import { readNumber, unsupported, type Directory } from './directory.ts';
import { readGreyPalette } from './palette.ts';
import { readForSamples, readSamples, type Samples } from './samples.ts';
import { dtypeFor, storedName, type StoredType } from '../../../stored-values.ts';

/** How the grey values of one page are stored. */
export interface PixelFormat {
  /** What the values become in memory. */
  readonly dtype: Dtype;
  readonly stored: StoredType;
  /** Of labels: the numbers in place of ids that are too large. */
  readonly ids?: IdNumbers | undefined;
  readonly samples: Samples;
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

/** What PhotometricInterpretation may be, and the fewest samples that it needs. */
const FEWEST_SAMPLES: ReadonlyMap<number, number> = new Map([
  [PHOTOMETRIC.minIsWhite, 1],
  [PHOTOMETRIC.minIsBlack, 1],
  [PHOTOMETRIC.rgb, 3],
  [PHOTOMETRIC.palette, 1],
]);
const YCBCR = 6;
const COLOURS: ReadonlyMap<number, string> = new Map([
  [PHOTOMETRIC.rgb, 'RGB'],
  [4, 'a mask of transparency'],
  [5, 'CMYK'],
  [YCBCR, 'YCbCr'],
  [8, 'CIE L*a*b*'],
]);

/** These compress bytes, whatever they are; the others know of pixels, and are read of one sample a pixel. */
const OF_BYTES: readonly Compression[] = ['none', 'lzw', 'deflate', 'packbits', 'zstandard'];

/** For messages, for example `uint8`, or `3 samples of uint8`. */
export function valuesText({ stored, samples }: Pick<PixelFormat, 'stored' | 'samples'>): string {
  const { count } = samples;
  return count === 1 ? storedName(stored) : `${samplesText(count)} of ${storedName(stored)}`;
}

function samplesText(count: number): string {
  return `${count} sample${count === 1 ? '' : 's'}`;
}

/**
 * The pixel format of `directory`.
 *
 * @param options of which `labels` has the numbers of a palette be the values.
 * @throws UnsupportedPageError for what is not grey, or not supported; InvalidImageError for what is damaged.
 */
export async function readPixelFormat(
  directory: Directory,
  options: Pick<OpenOptions, 'labels' | 'ids'>,
): Promise<PixelFormat> {
  const { labels, ids } = options;
  const refuse = (what: string): Error => unsupported(directory, what);

  const photometric = await readNumber(directory, TAG.photometricInterpretation, 'PhotometricInterpretation', 1);
  const samples = await readSamples(directory, photometric);
  const { count } = samples;
  const fewest = FEWEST_SAMPLES.get(photometric);
  if (fewest === undefined || count < fewest) {
    const name = COLOURS.get(photometric) ?? 'not grey';
    // The decoder of YCbCr in JPEG makes RGB of it.
    const advice = photometric === YCBCR ? REWRITE.tifffile : toGrey(options);
    throw refuse(`PhotometricInterpretation is ${photometric} (${name}) with ${samplesText(count)} a pixel. ${advice}`);
  }
  const bits = await readForSamples(directory, TAG.bitsPerSample, 'BitsPerSample', count, 1);
  const sampleFormat = await readForSamples(directory, TAG.sampleFormat, 'SampleFormat', count, SAMPLE_FORMAT.unsigned);
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
  if (isPalette && count > 1)
    throw refuse(`a palette for ${samplesText(count)} a pixel is not defined. ${toGrey(options)}`);
  if (isPalette && (kind !== 'unsigned' || bits > 16)) {
    throw refuse(`a palette of ${bits}-bit ${KIND_NAMES[kind]} is not defined. ${toGrey(options)}`);
  }
  const palette = isPalette && labels !== true ? await readGreyPalette(directory, bits) : undefined;
  if (isPalette && labels !== true && palette === undefined) {
    throw refuse(`PhotometricInterpretation is 3 (a colour palette). ${toGrey(options)}`);
  }
  const minIsWhite = photometric === PHOTOMETRIC.minIsWhite;
  const lookup = isPalette ? palette : greyTable(stored, minIsWhite);
  const scheme = await readNumber(directory, TAG.compression, 'Compression', 1);
  const compression = compressionOf(scheme);
  if (compression === undefined) throw refuse(refusal(scheme));
  if (count > 1 && !samples.planar && (!OF_BYTES.includes(compression) || bits % 8 > 0)) {
    const how = bits % 8 > 0 ? `of ${bits} bits` : `in ${SCHEMES[compression].name}`;
    throw refuse(`pixels of ${count} samples ${how} are not supported. ${REWRITE.tifffile}`);
  }
  const codec = await readCodecTags(directory, compression);
  const predictor = await readNumber(directory, TAG.predictor, 'Predictor', 1);
  if (SCHEMES[compression].predictor !== true) {
    return { dtype, stored, ids, samples, lookup, minIsWhite, littleEndian, compression, codec, predictor: 1 };
  }
  const fits = predictor === 1 || (predictor === 2 && bits % 8 === 0) || (predictor === 3 && kind === 'float');
  if (!fits) {
    throw refuse(`Predictor ${predictor} is not defined for ${bits}-bit values. Write the file again without it`);
  }
  return { dtype, stored, ids, samples, lookup, minIsWhite, littleEndian, compression, codec, predictor };
}

/** 1-bit values become 0 and 255. Where 0 stands for white, integers are turned round, so that white is the highest. */
function greyTable({ kind, bits }: StoredType, minIsWhite: boolean): PixelFormat['lookup'] {
  if (kind !== 'unsigned' || bits > 16 || (bits > 1 && !minIsWhite)) return undefined;
  const white = bits === 1 ? 255 : 2 ** bits - 1;
  const table = bits <= 8 ? new Uint8Array(2 ** bits) : new Uint16Array(2 ** bits);
  const step = white / (2 ** bits - 1);
  return table.map((_, value) => (minIsWhite ? white - value * step : value * step));
}
