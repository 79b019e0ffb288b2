import { crc32 } from 'node:zlib';
import { InvalidImageError, InvalidOptionError, type GreyImage, type Rectangle } from '@dilated-unet/core';
import sharp from 'sharp';
import { BYTES_PER_VALUE, zeros } from '../dtype.ts';
import type { FileFormat } from '../formats/format.ts';
import { ONE_SAMPLE } from '../formats/tiff/read/samples.ts';
import { toGrey, type OpenOptions } from '../options.ts';
import { pictureNote, pictureRefusal, type SampleName } from '../picture.ts';
import { selectPlanes } from '../select.ts';
import { AXES, requireMemory, requireRegion } from '../source.ts';

const MARK = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** The chunk IEND. */
const END = 0x49454e44;
/** Where the header has its colour type, and that of a palette. */
const [COLOUR_TYPE, INDEXED] = [25, 3];
/** What to do with labels in colours of a palette; it has no end, for messages. */
const UNCONVERTED =
  'Open the indexed PNG in Fiji and save it as a TIFF, unconverted (File > Save As > Tiff): of a TIFF the numbers of the palette ' +
  'are read as the labels';
// What a PNG may take is `maxBytes`, not a number of pixels.
const SHARP = { ignoreIcc: true, failOn: 'warning', limitInputPixels: false } as const;

/** What the channels of a PNG are, by their number. */
const NAMES: readonly (readonly SampleName[])[] = [
  [],
  ['grey'],
  ['grey', 'alpha'],
  ['red', 'green', 'blue'],
  ['red', 'green', 'blue', 'alpha'],
];

/**
 * A PNG, a stack of one section: uint8 (1, 2 and 4 bit are spread over 0 ... 255) or uint16, as stored: no colour profile or
 * gamma is applied. Of one in colour a channel is chosen, or all must be equal. A PNG is decoded from its top: a region takes the time
 * of the rows above it too, and of one that is interlaced the time and the memory of the whole.
 */
export const PNG: FileFormat = {
  kind: 'file',
  name: 'PNG',
  recognises: (start) => MARK.every((byte, i) => start[i] === byte),
  async open(bytes, options) {
    const encoded = await bytes.slice(0, bytes.byteLength, options);
    await bytes.close?.();
    requireEnoughBytes(encoded);
    const { width, height, depth, channels } = await inWords(() => sharp(encoded, SHARP).metadata());
    const dtype = depth === 'ushort' ? 'uint16' : 'uint8';
    const names = NAMES[channels] as readonly SampleName[];
    const what = `The PNG of ${width} x ${height} pixels`;
    requireMemory(what, width * height * channels * BYTES_PER_VALUE[dtype], options.maxBytes);
    const isPicture = channels > 1 && options.channel === undefined;
    const samples = isPicture ? ONE_SAMPLE : { count: channels, planar: false, names };
    const { sample } = selectPlanes(undefined, 1, samples, requireOneImage(options));
    const decodeIn = (region: Rectangle): Promise<GreyImage[]> =>
      inWords(() => decode(encoded, region, dtype, channels));
    if (isPicture) {
      const opaque = dtype === 'uint16' ? 65535 : 255;
      const picture = { names, opaque, labels: options.labels === true };
      const region = { x: 0, y: 0, width, height };
      const decoded = await decodeIn(region);
      const refusal = pictureRefusal(decoded.map(({ data }) => data), picture, region, ''); // prettier-ignore
      if (refusal !== undefined) {
        const isIndexed = options.labels === true && encoded[COLOUR_TYPE] === INDEXED;
        throw new InvalidImageError(`${refusal}${isIndexed ? UNCONVERTED : toGrey(options)}.`);
      }
      options.onNote?.(pictureNote(names));
    }
    const shape = [1, height, width] as const;
    return {
      shape,
      axes: AXES,
      dtype,
      fromTop: true,
      readBytes: encoded.length,
      read: async (z, region, { signal } = {}) => {
        requireRegion(shape, z, region);
        signal?.throwIfAborted();
        const image = (await decodeIn(region))[sample] as GreyImage;
        signal?.throwIfAborted();
        return image;
      },
    };
  },
};

/** Samples of a pixel as stored, by the colour type of the header. */
const STORED_SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
/** Deflate makes at most 258 bytes of 2 bits. */
const MAX_EXPANSION = 1032;

/** A damaged header may claim any size: memory is taken for what the bytes can stand for. @throws InvalidImageError */
function requireEnoughBytes(encoded: Uint8Array): void {
  if (encoded.length < 26) return;
  const header = new DataView(encoded.buffer, encoded.byteOffset, encoded.byteLength);
  const [width, height] = [header.getUint32(16), header.getUint32(20)];
  const bits = header.getUint8(24) * (STORED_SAMPLES[header.getUint8(COLOUR_TYPE)] ?? 1);
  if ((height * width * bits) / 8 <= encoded.length * MAX_EXPANSION) return;
  throw new InvalidImageError(
    `the PNG is damaged or cut off (its ${encoded.length} bytes are too few for ${width} x ${height} pixels). Save it again.`,
  );
}

/**
 * A region is decoded without the rows below it, whose checksums nobody would see.
 *
 * @throws Error where a chunk that holds pixels has not its checksum, or the last one is missing.
 */
function requireSound(encoded: Uint8Array): void {
  const bytes = new DataView(encoded.buffer, encoded.byteOffset, encoded.byteLength);
  for (let at = MARK.length; at + 12 <= encoded.length;) {
    const end = at + 8 + bytes.getUint32(at);
    if (end + 4 > encoded.length) break;
    const isCritical = ((encoded[at + 4] as number) & 0x20) === 0;
    if (isCritical && crc32(encoded.subarray(at + 4, end)) !== bytes.getUint32(end)) {
      throw new Error(`the checksum of bytes ${at + 4} to ${end} is wrong`);
    }
    if (bytes.getUint32(at + 4) === END) return;
    at = end + 4;
  }
  throw new Error('its end is missing');
}

function requireOneImage(options: OpenOptions): OpenOptions {
  if (options.image === undefined || options.image === 1) return options;
  throw new InvalidOptionError('image', 'must be 1, since there is one image', options.image);
}

/** Each channel of the pixels of a region. */
async function decode(
  encoded: Uint8Array,
  { x, y, width, height }: Rectangle,
  dtype: 'uint8' | 'uint16',
  channels: number,
): Promise<GreyImage[]> {
  requireSound(encoded);
  // Without the target sharp gives grey back as three channels; to b-w it drops alpha.
  const space = dtype === 'uint16' ? (channels < 3 ? 'grey16' : 'rgb16') : channels === 1 ? 'b-w' : 'srgb';
  const { data, info } = await sharp(encoded, SHARP)
    .extract({ left: x, top: y, width, height })
    .toColourspace(space)
    .raw({ depth: dtype === 'uint16' ? 'ushort' : 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const bytes = Uint8Array.from(data);
  const values = dtype === 'uint16' ? new Uint16Array(bytes.buffer) : bytes;
  if (channels === 1) return [{ width, height, data: values }];
  return Array.from({ length: channels }, (_, channel) => {
    const own = zeros(dtype, width * height);
    const at = channel === channels - 1 ? info.channels - 1 : channel;
    for (let i = 0; i < own.length; i++) own[i] = values[i * info.channels + at] as number;
    return { width, height, data: own };
  });
}

async function inWords<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    if (cause instanceof InvalidImageError) throw cause;
    const why = cause instanceof Error ? cause.message.trim() : String(cause);
    throw new InvalidImageError(`the PNG is damaged or cut off (${why}). Save it again.`, { cause });
  }
}
