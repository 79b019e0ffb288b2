import type { GreyImage } from '@dilated-unet/core';

/** `image`, continued by its mirror images to `size` x `size` pixels; axes y, x, of its dtype. */
export function continuedImage(image: GreyImage, size: number): GreyImage {
  const { width, height, data } = image;
  const mirrored = (at: number, length: number): number =>
    Math.floor(at / length) % 2 === 0 ? at % length : length - 1 - (at % length);
  const continued = new (data.constructor as new (length: number) => typeof data)(size * size);
  for (let i = 0; i < continued.length; i++) {
    const [y, x] = [Math.floor(i / size), i % size];
    continued[i] = data[mirrored(y, height) * width + mirrored(x, width)] as number;
  }
  return { width: size, height: size, data: continued };
}
