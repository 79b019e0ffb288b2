import { InvalidImageError, InvalidOptionError, type GreyImage } from '@dilated-unet/core';
import sharp, { type Metadata } from 'sharp';
import type { FileFormat } from '../formats/format.ts';
import type { ByteSink } from '../formats/tiff/write/writer.ts';
import { sectionSink, type StackSink } from '../sink.ts';
import { AXES, crop, requireRegion } from '../source.ts';
import type { StackFileOptions } from './write.ts';

const MARK = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/**
 * A grey PNG, a stack of one section: uint8 (1, 2 and 4 bit are spread over 0 ... 255) or uint16, as stored: no colour
 * profile or gamma is applied. A PNG cannot be decoded in parts: any region takes the memory of the whole.
 */
export const PNG: FileFormat = {
  kind: 'file',
  name: 'PNG',
  recognises: (start) => MARK.every((byte, i) => start[i] === byte),
  async open(bytes, options) {
    const encoded = await bytes.slice(0, bytes.byteLength, options);
    await bytes.close?.();
    const { width, height, depth } = await inWords(() => greyMetadata(encoded));
    const dtype = depth === 'ushort' ? 'uint16' : 'uint8';
    const shape = [1, height, width] as const;
    return {
      shape,
      axes: AXES,
      dtype,
      read: async (z, region, { signal } = {}) => {
        requireRegion(shape, z, region);
        signal?.throwIfAborted();
        const image = await inWords(() => decode(encoded, dtype));
        signal?.throwIfAborted();
        return crop(image, region);
      },
    };
  },
};

/** A sink that writes the only section of a stack as an 8-bit grey PNG. */
export function pngSink(bytes: ByteSink, { width, height, dtype }: StackFileOptions): StackSink {
  if (dtype !== 'uint8') throw new InvalidOptionError('dtype', 'must be uint8 for a PNG', dtype);
  let only: GreyImage | undefined;
  return sectionSink(
    { width, height },
    {
      add: async (image) => {
        if (only !== undefined)
          throw new InvalidImageError('A PNG holds one section, and there are more. Write a TIFF.');
        only = image;
        const raw = { width, height, channels: 1 } as const;
        await bytes.write(await sharp(image.data, { raw }).toColourspace('b-w').png().toBuffer());
      },
      close: () => {
        if (only === undefined) throw new InvalidImageError('There is no section for the PNG. Write one.');
        return Promise.resolve();
      },
    },
  );
}

async function greyMetadata(encoded: Uint8Array): Promise<Metadata> {
  const metadata = await sharp(encoded, { ignoreIcc: true, failOn: 'warning' }).metadata();
  const { channels, hasAlpha, isPalette, width, height } = metadata;
  if (channels === 1 && !hasAlpha) return metadata;
  const colours = isPalette
    ? 'a palette of colours'
    : channels === 2
      ? 'grey and transparency'
      : `${channels} channels of colour`;
  throw new InvalidImageError(
    `the PNG of ${width} x ${height} pixels has ${colours}; the model takes one grey channel. Convert it to ` +
      '8 or 16 bit grey without transparency.',
  );
}

async function decode(encoded: Uint8Array, dtype: 'uint8' | 'uint16'): Promise<GreyImage> {
  // Without the target sharp gives grey back as three channels.
  const { data, info } = await sharp(encoded, { ignoreIcc: true, failOn: 'warning' })
    .toColourspace(dtype === 'uint16' ? 'grey16' : 'b-w')
    .raw({ depth: dtype === 'uint16' ? 'ushort' : 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const values = Uint8Array.from(data);
  const { width, height } = info;
  return { width, height, data: dtype === 'uint16' ? new Uint16Array(values.buffer) : values };
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
