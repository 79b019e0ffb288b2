import { InvalidImageError } from '@dilated-unet/core';
import { COMPRESSION, COMPRESSION_NAMES, type Compression } from '../compression/schemes.ts';
import type { Dtype } from '../../../dtype.ts';
import { PHOTOMETRIC, SAMPLE_FORMAT, TAG } from '../tags.ts';
import { readNumber, readNumbers, type Directory } from './directory.ts';

/** How the grey values of one page are stored. */
export interface PixelFormat {
  /** What the values become in memory. */
  readonly dtype: Dtype;
  /** Bits of one stored value; 1-bit values become 0 and 255. */
  readonly bits: 1 | 8 | 16 | 32;
  /** MinIsWhite: 0 is stored for white. The values are turned round, so that white is always the highest. */
  readonly inverted: boolean;
  /** Byte order of the stored values. */
  readonly littleEndian: boolean;
  readonly compression: Compression;
  /** 1 none, 2 horizontal differences, 3 floating-point differences. */
  readonly predictor: 1 | 2 | 3;
}

const TO_GREY = 'Convert it to grey (in Fiji: Image > Type > 8-bit; with ImageMagick: -colorspace Gray)';

/** The pixel format of `directory`. @throws InvalidImageError for what is not grey, or not supported. */
export async function readPixelFormat(directory: Directory): Promise<PixelFormat> {
  const refuse = (what: string): InvalidImageError =>
    new InvalidImageError(`Page ${directory.page} (directory at byte ${directory.offset}): ${what}.`);

  const samples = await readNumber(directory, TAG.samplesPerPixel, 'SamplesPerPixel', 1);
  if (samples !== 1) {
    const meaning = samples === 2 ? 'grey with alpha' : samples > 2 ? 'colour' : 'damaged';
    throw refuse(`SamplesPerPixel is ${samples} (${meaning}); only grey images of 1 sample are read. ${TO_GREY}`);
  }
  const photometric = await readNumber(directory, TAG.photometricInterpretation, 'PhotometricInterpretation', 1);
  if (photometric !== PHOTOMETRIC.minIsBlack && photometric !== PHOTOMETRIC.minIsWhite) {
    const meaning = photometric === 3 ? 'a colour palette' : 'not grey';
    throw refuse(`PhotometricInterpretation is ${photometric} (${meaning}). ${TO_GREY}`);
  }
  const bits = (await readNumbers(directory, TAG.bitsPerSample, 'BitsPerSample', 1))?.[0] ?? 1;
  const sampleFormat = await readNumber(directory, TAG.sampleFormat, 'SampleFormat', SAMPLE_FORMAT.unsigned);
  const stored = storedAs(bits, sampleFormat);
  if (stored === undefined) {
    throw refuse(
      `${bits}-bit ${formatName(sampleFormat)} values are not supported. Convert to unsigned 8 or 16 bits or to ` +
        '32-bit float (in Fiji: Image > Type)',
    );
  }
  const { littleEndian } = directory.file;
  const inverted = photometric === PHOTOMETRIC.minIsWhite;
  if (inverted && stored.dtype === 'float32') {
    throw refuse('MinIsWhite has no meaning for floating-point values. Write the file with MinIsBlack');
  }
  if ((await readNumber(directory, TAG.fillOrder, 'FillOrder', 1)) !== 1) {
    throw refuse('FillOrder 2 (bits in reverse) is not supported. Write the file again with FillOrder 1');
  }
  const scheme = await readNumber(directory, TAG.compression, 'Compression', 1);
  const compression = COMPRESSION.get(scheme);
  if (compression === undefined) {
    throw refuse(
      `Compression ${scheme} (${COMPRESSION_NAMES.get(scheme) ?? 'unknown'}) is not supported; none, LZW, Deflate ` +
        'and PackBits are. Rewrite the file, for example with: tiffcp -c zip input.tif output.tif',
    );
  }
  const predictor = await readNumber(directory, TAG.predictor, 'Predictor', 1);
  // A predictor belongs to LZW and Deflate; libtiff ignores the tag beside other compressions.
  if (compression === 'none' || compression === 'packbits') {
    return { ...stored, inverted, littleEndian, compression, predictor: 1 };
  }
  const fits = predictor === 1 || (predictor === 2 && bits >= 8) || (predictor === 3 && stored.dtype === 'float32');
  if (!fits) {
    throw refuse(`Predictor ${predictor} is not defined for ${bits}-bit values. Write the file again without it`);
  }
  return { ...stored, inverted, littleEndian, compression, predictor };
}

function storedAs(bits: number, format: number): Pick<PixelFormat, 'dtype' | 'bits'> | undefined {
  if (format === SAMPLE_FORMAT.float) return bits === 32 ? { dtype: 'float32', bits } : undefined;
  if (format !== SAMPLE_FORMAT.unsigned && format !== SAMPLE_FORMAT.undefined) return undefined;
  if (bits === 1 || bits === 8) return { dtype: 'uint8', bits };
  return bits === 16 ? { dtype: 'uint16', bits } : undefined;
}

function formatName(format: number): string {
  if (format === SAMPLE_FORMAT.unsigned || format === SAMPLE_FORMAT.undefined) return 'unsigned integer';
  if (format === SAMPLE_FORMAT.signed) return 'signed integer';
  return format === SAMPLE_FORMAT.float ? 'floating-point' : `SampleFormat ${format}`;
}
