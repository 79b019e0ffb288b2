import createModule from '@cornerstonejs/codec-openjpeg/decodewasmjs';
import { decoderOf, type CreateModule, type ImageDecoder } from './cornerstone.ts';
import { DecodeError, UnsupportedError } from '../../../compression/errors.ts';
import { requireShape, type Block } from './decoder.ts';

const decode = decoderOf(
  'JPEG 2000',
  createModule as CreateModule<{ readonly J2KDecoder: new () => ImageDecoder }>,
  new URL('@cornerstonejs/codec-openjpeg/decodewasm', import.meta.url),
  ({ J2KDecoder }) => new J2KDecoder(),
);

/** Most pixels: each takes about 12 bytes while it is decoded, and the decoder's memory ends at 2 GiB. */
const MAX_PIXELS = 2 ** 26;
/** Most tiles; the decoder takes 6 kB for each before it reads any. */
const MAX_TILES = 2 ** 14;

/**
 * Undoes JPEG 2000 (ITU-T T.800) of grey values, as a codestream or in its JP2 container.
 *
 * @returns values of whole bytes in this machine's byte order
 * @throws DecodeError for damaged or cut-off data and for another size or type than the block's; UnsupportedError for
 *   values that are not of 8 or 16 bits in the TIFF, and for more than 2 ** 26 pixels.
 */
export async function decodeJpeg2000(input: Uint8Array, block: Block): Promise<Uint8Array> {
  const { kind, bits } = block.stored;
  if (kind === 'float' || (bits !== 8 && bits !== 16)) {
    throw new UnsupportedError(`it is JPEG 2000 of ${bits}-bit ${kind} values`);
  }
  const size = readSize(input);
  requireShape(block, 'JPEG 2000', size);
  if (size.width * size.height > MAX_PIXELS) {
    throw new UnsupportedError(`it has more than the ${MAX_PIXELS} pixels that JPEG 2000 is decoded with`);
  }
  if (!(size.tiles <= MAX_TILES)) throw new DecodeError(`its JPEG 2000 data has ${size.tiles} tiles`);
  const { frame, pixels } = await decode(input);
  requireShape(block, 'JPEG 2000', { ...frame, samples: frame.componentCount });
  if (Math.ceil(frame.bitsPerSample / 8) * 8 !== bits || frame.isSigned !== (kind === 'signed')) {
    const type = `${frame.bitsPerSample}-bit ${frame.isSigned ? 'signed' : 'unsigned'}`;
    throw new DecodeError(`its JPEG 2000 data has ${type} values, not ${bits}-bit ${kind} ones`);
  }
  return pixels;
}

/** What the codestream says of its image (ITU-T T.800, annex A.5.1), before the decoder takes memory for it. */
function readSize(input: Uint8Array): { width: number; height: number; samples: number; tiles: number } {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  const start = codestream(view);
  // Start of codestream, then the size.
  if (start + 44 > view.byteLength || view.getUint32(start) !== 0xff4fff51) {
    throw new DecodeError('it is no JPEG 2000 data');
  }
  const [right, bottom, left, top, tileWidth, tileHeight, tileLeft, tileTop] = Array.from({ length: 8 }, (_, i) =>
    view.getUint32(start + 8 + 4 * i),
  ) as [number, number, number, number, number, number, number, number];
  return {
    width: right - left,
    height: bottom - top,
    samples: view.getUint16(start + 40),
    tiles: Math.ceil((right - tileLeft) / tileWidth) * Math.ceil((bottom - tileTop) / tileHeight),
  };
}

/** Where the codestream begins: at once, or in a box of a JP2 file (annex I). */
function codestream(view: DataView): number {
  for (let at = 0; at + 8 <= view.byteLength;) {
    const length = view.getUint32(at);
    if (length === 0xff4fff51) return at;
    // 'jp2c'; a length of 1 says that eight more bytes hold it.
    if (view.getUint32(at + 4) === 0x6a703263) return at + (length === 1 ? 16 : 8);
    if (length < 8) break;
    at += length;
  }
  throw new DecodeError('it is no JPEG 2000 data');
}
