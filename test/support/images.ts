import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { section, type GreyImage } from '@dilated-unet/core';
import { readTiffStack } from '@dilated-unet/stacks';
import { phantom } from '@dilated-unet/trainer';

const ISBI = fileURLToPath(new URL('../../../shared/data/isbi-2012/train-volume.tif', import.meta.url));

/** Why a test that needs the ISBI-2012 stack cannot run; undefined where the stack is. */
export const withoutIsbi = existsSync(ISBI) ? undefined : `there is no ${ISBI}`;

/** Section `z` of the ISBI-2012 training stack: 512 x 512, 8 bit. */
export async function isbiSection(z: number): Promise<GreyImage> {
  return section(await readTiffStack(readFileSync(ISBI)), z);
}

/** Grey noise, 8 bit, of any size. */
export function noise(width: number, height: number): GreyImage<Uint8Array> {
  let state = 12345;
  const data = Uint8Array.from({ length: width * height }, () => (state = (state * 48271) % 2147483647) & 255);
  return { width, height, data };
}

/** A part of a phantom section, 8 bit, of any size. */
export function tissue(width: number, height: number): GreyImage<Uint8Array> {
  const size = Math.ceil(Math.max(width, height, 64) / 8) * 8;
  const { images } = phantom({ sections: 1, size, seed: 5 });
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) data.set(images.data.subarray(y * size, y * size + width), y * width);
  return { width, height, data };
}

/** Largest difference of two results of one size. */
export function largestDifference(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) throw new RangeError(`The results have ${a.length} and ${b.length} pixels.`);
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs((a[i] as number) - (b[i] as number));
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}
