import { decode, getBlobInfo, load } from 'lerc';
import { DecodeError, loaded, UnsupportedError } from '../../../compression/errors.ts';
import { requireShape, type Block } from './decoder.ts';
import { decodeDeflate } from '#inflate';
import { decodeZstandard } from '../../../compression/zstandard.ts';

/** What a blob may be compressed with once more. */
const WRAPPER = { none: 0, deflate: 1, zstandard: 2 } as const;

/** Types of values by their number in a blob. */
const TYPES = ['int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'float32', 'float64'];

/** The decoder needs several times as much, and its memory ends at 2 GiB. */
const MAX_BYTES = 2 ** 28;

/** Where a bundler puts the decoder; Node finds it by itself. */
const WASM = new URL('lerc/lerc-wasm.wasm', import.meta.url);

/**
 * Undoes LERC (Limited Error Raster Compression, version 2), in its wrapper of Deflate or Zstandard if it has one.
 *
 * @returns values in this machine's byte order
 * @throws DecodeError for damaged data, and for another size or type than the block's; UnsupportedError for pixels
 *   without a value and for more than 256 MiB.
 */
export async function decodeLerc(input: Uint8Array<ArrayBuffer>, block: Block): Promise<Uint8Array> {
  const limit = block.maxRows * block.rowBytes;
  if (limit > MAX_BYTES) {
    throw new UnsupportedError(`it takes more than the ${MAX_BYTES} bytes that LERC is decoded with`);
  }
  const blob = await unwrap(input, block.tags.lercWrapper ?? WRAPPER.none, limit);
  const size = readSize(blob);
  requireShape(block, 'LERC', size);
  await loaded('LERC', load(import.meta.url.startsWith('file:') ? {} : { locateFile: () => WASM.href }));
  const { bandCount, dataType, validPixelCount } = attempt(() => getBlobInfo(blob));
  requireShape(block, 'LERC', { ...size, samples: bandCount });
  const { kind, bits } = block.stored;
  const type = `${{ unsigned: 'uint', signed: 'int', float: 'float' }[kind]}${bits}`;
  if (TYPES[dataType] !== type) throw new DecodeError(`its LERC data is ${TYPES[dataType]}, not ${type}`);
  const missing = size.width * size.height - validPixelCount;
  // libtiff writes NaN for them, which is then found; tifffile 0.
  if (missing > 0) throw new UnsupportedError(`pixels have no value (${missing} of them)`, 'libtiff');
  const [pixels] = attempt(() => decode(blob)).pixels;
  if (pixels === undefined) throw new DecodeError('its LERC data has no pixels');
  return new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength);
}

/** A blob that is longer than its pixels has a header, or stores them as they are. */
async function unwrap(input: Uint8Array<ArrayBuffer>, wrapper: number, limit: number): Promise<Uint8Array> {
  const most = 2 * limit + 2 ** 16;
  if (wrapper === WRAPPER.deflate) return decodeDeflate(input, most);
  if (wrapper === WRAPPER.zstandard) return decodeZstandard(input, most);
  if (wrapper === WRAPPER.none) return input;
  throw new UnsupportedError(`its LERC data lies in a compression of number ${wrapper}`);
}

/** What the header says, before the decoder takes memory for it. */
function readSize(blob: Uint8Array): { width: number; height: number; samples: number } {
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  const mark = new TextDecoder('latin1').decode(blob.subarray(0, 6));
  if (mark !== 'Lerc2 ' || blob.length < 26) throw new DecodeError('it has no header of LERC, version 2');
  const version = view.getInt32(6, true);
  const at = version >= 3 ? 14 : 10;
  const [height, width] = [view.getInt32(at, true), view.getInt32(at + 4, true)];
  return { width, height, samples: version >= 4 ? view.getInt32(at + 8, true) : 1 };
}

function attempt<T>(action: () => T): T {
  try {
    return action();
  } catch (cause) {
    throw new DecodeError('its LERC data is damaged or cut off', { cause });
  }
}
