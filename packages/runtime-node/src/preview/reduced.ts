import { bandPixels, type GreyImage, type Rectangle } from '@dilated-unet/core';
import type { StackSource } from '@dilated-unet/stacks';

/** A part of a section, made small. */
export interface Reduced {
  /** Mean of the pixels that each stands for; axes y, x. */
  readonly mean: GreyImage<Float32Array>;
  /** The one in the middle of them: of labels there is no mean. */
  readonly middle: GreyImage<Float32Array>;
}

interface ReduceOptions {
  /** Longest side of what is made, pixels. */
  readonly side: number;
  readonly signal: AbortSignal;
  /** Called with all pixels, a part at a time. */
  readonly onValues?: (values: Iterable<number>) => void;
}

/** `region` of section `z`, in squares of whole pixels. @throws as `StackSource.read`. */
export async function reduced(
  source: StackSource,
  z: number,
  region: Rectangle,
  { side, signal, onValues }: ReduceOptions,
): Promise<Reduced> {
  const square = Math.max(1, Math.ceil(Math.max(region.width, region.height) / side));
  const [width, height] = [Math.ceil(region.width / square), Math.ceil(region.height / square)];
  const mean = { width, height, data: new Float32Array(width * height) };
  const middle = { width, height, data: new Float32Array(width * height) };
  const rows = square * Math.max(1, Math.floor(bandPixels(source) / (region.width * square)));
  for (let y = 0; y < region.height; y += rows) {
    const band = { ...region, y: region.y + y, height: Math.min(rows, region.height - y) };
    const { data } = await source.read(z, band, { signal });
    onValues?.(data);
    for (let top = 0; top < band.height; top += square) {
      const bottom = Math.min(top + square, band.height);
      for (let column = 0; column < width; column++) {
        const [left, right] = [column * square, Math.min((column + 1) * square, region.width)];
        let sum = 0;
        for (let row = top; row < bottom; row++) {
          for (let x = left; x < right; x++) sum += data[row * region.width + x] as number;
        }
        const at = ((y + top) / square) * width + column;
        mean.data[at] = sum / ((bottom - top) * (right - left));
        middle.data[at] = data[((top + bottom) >> 1) * region.width + ((left + right) >> 1)] as number;
      }
    }
  }
  return { mean, middle };
}
