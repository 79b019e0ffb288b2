import sharp from 'sharp';
import type { TestTensors } from './test-tensors.ts';

/** Height of the picture, pixels; it is at most twice as wide. */
const HEIGHT = 256;

/** A picture of the test image: on the left as it is, on the right the probability of interior. PNG. */
export async function drawCover({ image, expected }: TestTensors): Promise<Uint8Array> {
  const { width, height } = image;
  const values = Float32Array.from(image.data);
  const low = values.reduce((least, value) => Math.min(least, value), Infinity);
  const high = values.reduce((most, value) => Math.max(most, value), -Infinity);
  const scale = 255 / Math.max(high - low, Number.MIN_VALUE);
  const panel = async (grey: (i: number) => number): Promise<Buffer> =>
    sharp(
      Uint8Array.from({ length: width * height }, (_, i) => grey(i)),
      { raw: { width, height, channels: 1 } },
    )
      .resize({ height: HEIGHT, width: HEIGHT, fit: 'cover' })
      .toColourspace('b-w')
      .png()
      .toBuffer();
  const panels = [
    await panel((i) => ((values[i] as number) - low) * scale),
    await panel((i) => 255 * (expected.data[i] as number)),
  ];
  return sharp({ create: { width: 2 * HEIGHT, height: HEIGHT, channels: 3, background: 'black' } })
    .composite(panels.map((input, i) => ({ input, left: i * HEIGHT, top: 0 })))
    .toColourspace('b-w')
    .png()
    .toBuffer();
}
