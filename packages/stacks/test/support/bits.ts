import type { GreyStack } from '@dilated-unet/core';
import { encodeTiffStack } from '../../src/index.ts';
import { patchTag } from './patch.ts';
import { random } from './images.ts';

/** A section of 0 and 255: blobs, then noise, then white rows, so that each kind of fax code is needed. */
export function bilevel(width: number, height: number): GreyStack<Uint8Array> {
  const next = random(5);
  const data = Uint8Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    if (y % 9 > 6) return 255;
    const dark = y % 9 === 6 ? next() < 0.5 : Math.sin(x / (9 + x / 4)) * Math.cos(y / 7) > 0;
    return dark ? 0 : 255;
  });
  return { width, height, depth: 1, data };
}

/** `stack`, of 0 and 255, as a TIFF of 1-bit pages (white is 1). */
export async function encodeBits({ width, height, depth, data }: GreyStack): Promise<Uint8Array> {
  const rowBytes = Math.ceil(width / 8);
  const packed = new Uint8Array(rowBytes * height * depth);
  for (const [i, value] of data.entries()) {
    const at = Math.floor(i / width) * rowBytes + ((i % width) >> 3);
    if (value > 0) packed[at] = (packed[at] as number) | (0x80 >> ((i % width) & 7));
  }
  let file = await encodeTiffStack({ width: rowBytes, height, depth, data: packed });
  for (let page = 0; page < depth; page++) file = patchTag(patchTag(file, 256, width, page), 258, 1, page);
  return file;
}
