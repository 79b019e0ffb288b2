import createModule from '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs';
import { decoderOf, type CreateModule, type ImageDecoder } from './cornerstone.ts';
import { DecodeError, UnsupportedError } from '../../../compression/errors.ts';
import { requireShape, type Block } from './decoder.ts';
import { readJpegFrame } from './jpeg-frame.ts';

const decode = decoderOf(
  'JPEG',
  createModule as CreateModule<{ readonly JPEGDecoder: new () => ImageDecoder }>,
  new URL('@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasm', import.meta.url),
  ({ JPEGDecoder }) => new JPEGDecoder(),
);

/** Most pixels: those of a progressive image take 6 bytes each, and the decoder's memory ends at 2 GiB. */
const MAX_PIXELS = 2 ** 27;
/** Encoders make about ten of a grey image; each of them is a pass over the whole image. */
const MAX_SCANS = 100;

/**
 * Undoes JPEG (ITU-T T.81, baseline and progressive) of 8-bit grey values, with the tables that the page's blocks share.
 *
 * @returns uint8 values, exactly those of libjpeg
 * @throws DecodeError for damaged or cut-off data and for another size or depth than the block's; UnsupportedError for
 *   lossless and arithmetic coding, values of other than 8 bits, and more than 2 ** 27 pixels.
 */
export async function decodeJpeg(input: Uint8Array, block: Block): Promise<Uint8Array> {
  const stream = withTables(input, block.tags.jpegTables);
  const frame = readJpegFrame(stream);
  if (frame.process === 3) throw new UnsupportedError('it is lossless JPEG');
  if (frame.process > 3) throw new UnsupportedError('it is JPEG in arithmetic or hierarchical coding');
  if (frame.precision !== 8) throw new UnsupportedError(`it is JPEG of ${frame.precision}-bit values`);
  if (block.stored.bits !== 8) throw new DecodeError(`its JPEG data has values of 8 bits, not ${block.stored.bits}`);
  requireShape(block, 'JPEG', frame);
  if (frame.width * frame.height > MAX_PIXELS) {
    throw new UnsupportedError(`it has more than the ${MAX_PIXELS} pixels that JPEG is decoded with`);
  }
  if (frame.scans > MAX_SCANS) throw new DecodeError(`its JPEG data has ${frame.scans} scans`);
  const { frame: info, pixels } = await decode(stream);
  requireShape(block, 'JPEG', { ...info, samples: info.componentCount });
  return pixels;
}

/** One stream of `tables`, which lie between marks of begin and end, and `input`, which begins with such a mark. */
function withTables(input: Uint8Array, tables: Uint8Array | undefined): Uint8Array {
  if (tables === undefined || tables.length < 4 || input.length < 2) return input;
  const stream = new Uint8Array(tables.length - 2 + input.length - 2);
  stream.set(tables.subarray(0, -2));
  stream.set(input.subarray(2), tables.length - 2);
  return stream;
}
