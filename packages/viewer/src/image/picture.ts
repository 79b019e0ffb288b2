import { InvalidImageError, type GreyStack } from '@dilated-unet/core';
import { stackSource, type FileFormat } from '@dilated-unet/stacks';

/** Whatever the browser can show, but for PNGs of 16 bits, which it would show in 8. */
export const PICTURE: FileFormat = {
  kind: 'file',
  name: 'a picture',
  recognises: (start) => start.length > 0,
  open: async (bytes, options) => stackSource(await decode(await bytes.slice(0, bytes.byteLength, options))),
};

const PNG_SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
/** Where a PNG says how many bits a value has. */
const PNG_BITS = 24;

async function decode(bytes: Uint8Array<ArrayBuffer>): Promise<GreyStack> {
  if (PNG_SIGNATURE.every((byte, i) => bytes[i] === byte) && bytes[PNG_BITS] === 16) {
    throw new InvalidImageError('The PNG has 16 bits a value, of which browsers keep 8. Save it as TIFF.');
  }
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(new Blob([bytes]), { colorSpaceConversion: 'none', premultiplyAlpha: 'none' });
  } catch (cause) {
    throw new InvalidImageError('It cannot be read as an image. It may be damaged; open a TIFF, PNG or JPEG file.', {
      cause,
    });
  }
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (context === null) throw new InvalidImageError('It is too large for this browser to decode.');
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return { width, height, depth: 1, data: grey(context.getImageData(0, 0, width, height).data, width) };
}

/** The grey values of RGBA pixels. @throws InvalidImageError naming the first pixel that is in colour or transparent. */
function grey(rgba: Uint8ClampedArray, width: number): Uint8Array {
  const data = new Uint8Array(rgba.length / 4);
  for (let i = 0; i < data.length; i++) {
    const [red, green, blue, alpha] = rgba.subarray(4 * i, 4 * i + 4) as unknown as [number, number, number, number];
    if (red !== green || green !== blue || alpha !== 255) {
      throw new InvalidImageError(
        `The picture is ${alpha === 255 ? 'in colour' : 'transparent'}: the pixel at x ${i % width}, y ${Math.floor(i / width)} ` +
          `has red ${red}, green ${green}, blue ${blue}, alpha ${alpha}. Convert it to grey (in Fiji: Image > Type > 8-bit).`,
      );
    }
    data[i] = red;
  }
  return data;
}
