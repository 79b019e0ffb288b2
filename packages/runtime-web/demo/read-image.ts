import { InvalidImageError, type GreyStack } from '@dilated-unet/core';
import { readTiffStack } from '@dilated-unet/stacks';

/** The grey sections in a TIFF, PNG or JPEG file. @throws InvalidImageError when it cannot be read as one. */
export async function readImage(file: File): Promise<GreyStack> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (isTiff(bytes, file.name)) return readTiffStack(bytes);
  return readPicture(file);
}

/**
 * By its first bytes (either byte order, classic or BigTIFF), or by its name, so that a damaged one is told as such.
 */
function isTiff(bytes: Uint8Array, name: string): boolean {
  const magic = String.fromCharCode(...bytes.subarray(0, 4));
  return ['II*\0', 'MM\0*', 'II+\0', 'MM\0+'].includes(magic) || /\.tiff?$/i.test(name);
}

async function readPicture(file: File): Promise<GreyStack> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file, { colorSpaceConversion: 'none', premultiplyAlpha: 'none' });
  } catch (cause) {
    throw new InvalidImageError(
      `"${file.name}" cannot be read as an image. It may be damaged; open a TIFF, PNG or JPEG file.`,
      { cause },
    );
  }
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (context === null) throw new InvalidImageError(`"${file.name}" is too large for this browser to decode.`);
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return { width, height, depth: 1, data: luma(context.getImageData(0, 0, width, height).data) };
}

/** Grey of RGBA pixels: luma of ITU-R BT.601, which is the value itself where red, green and blue are equal. */
function luma(rgba: Uint8ClampedArray): Uint8Array {
  const value = (i: number): number => rgba[i] as number;
  return Uint8Array.from({ length: rgba.length / 4 }, (_, i) =>
    Math.round(0.299 * value(4 * i) + 0.587 * value(4 * i + 1) + 0.114 * value(4 * i + 2)),
  );
}
