import { type GreyImage, type GreyStack, InvalidImageError } from '@dilated-unet/core';
import sharp, { type Metadata } from 'sharp';

/**
 * A grey PNG as a stack of one section: uint8 (1, 2 and 4 bit are spread over 0 ... 255) or uint16, as stored: no
 * colour profile or gamma is applied.
 *
 * @throws InvalidImageError when it is damaged, cut off, in colour or transparent.
 */
export async function decodePng(bytes: Uint8Array): Promise<GreyStack> {
  try {
    const image = sharp(bytes, { ignoreIcc: true, failOn: 'warning' });
    const metadata = await image.metadata();
    requireGrey(metadata);
    const wide = metadata.depth === 'ushort';
    // Without the target sharp gives grey back as three channels.
    const { data, info } = await image
      .toColourspace(wide ? 'grey16' : 'b-w')
      .raw({ depth: wide ? 'ushort' : 'uchar' })
      .toBuffer({ resolveWithObject: true });
    const values = Uint8Array.from(data);
    return {
      width: info.width,
      height: info.height,
      depth: 1,
      data: wide ? new Uint16Array(values.buffer) : values,
    };
  } catch (cause) {
    if (cause instanceof InvalidImageError) throw cause;
    const why = cause instanceof Error ? cause.message.trim() : String(cause);
    throw new InvalidImageError(`the PNG is damaged or cut off (${why}). Save it again.`, { cause });
  }
}

/** `image` as an 8-bit grey PNG file. */
export async function encodePng({ width, height, data }: GreyImage<Uint8Array>): Promise<Uint8Array> {
  return sharp(data, { raw: { width, height, channels: 1 } })
    .toColourspace('b-w')
    .png()
    .toBuffer();
}

function requireGrey({ channels, hasAlpha, isPalette, width, height }: Metadata): void {
  if (channels === 1 && !hasAlpha) return;
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
