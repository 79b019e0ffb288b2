import { type GreyImage, type GreyStack, InvalidImageError, section } from '@dilated-unet/core';
import { readTiffStack } from '@dilated-unet/stacks';
import { decodePng } from './png.ts';
import { readBytes } from '@dilated-unet/host';

/**
 * Reads a grey stack: a multi-page TIFF (uint8, uint16 or float32), or a PNG of 8 or 16 bit as a stack of one section.
 * What the file is, is told from its first bytes, not from its name.
 *
 * @returns axes z, y, x; raw grey values as stored
 * @throws InvalidImageError when the file cannot be read, is neither, is damaged or cut off, or is in colour.
 */
export async function readStack(path: string): Promise<GreyStack> {
  const bytes = await readBytes(path, (message, cause) => new InvalidImageError(`Image ${message}`, { cause }));
  const decode = decoderOf(bytes);
  if (decode === undefined) {
    const what = bytes.length === 0 ? 'is empty' : 'is neither TIFF nor PNG';
    throw new InvalidImageError(`Image ${path} ${what}. Pass a grey TIFF (one or more pages) or a grey PNG.`);
  }
  try {
    return await decode(bytes);
  } catch (cause) {
    if (!(cause instanceof InvalidImageError)) throw cause;
    throw new InvalidImageError(`Image ${path}: ${cause.message}`, { cause });
  }
}

/**
 * Reads one grey image: a TIFF of one page, or a PNG.
 *
 * @returns axes y, x; raw grey values as stored
 * @throws InvalidImageError as `readStack` does, and when the file has more than one page.
 */
export async function readImage(path: string): Promise<GreyImage> {
  const stack = await readStack(path);
  if (stack.depth !== 1) {
    throw new InvalidImageError(`Image ${path} has ${stack.depth} pages, not one. Read it with readStack.`);
  }
  return section(stack, 0);
}

const TIFF_MARKS = [
  [0x49, 0x49, 42, 0],
  [0x4d, 0x4d, 0, 42],
  [0x49, 0x49, 43, 0],
  [0x4d, 0x4d, 0, 43],
];
const PNG_MARK = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

function decoderOf(bytes: Uint8Array): ((bytes: Uint8Array) => Promise<GreyStack>) | undefined {
  const startsWith = (mark: readonly number[]): boolean => mark.every((byte, i) => bytes[i] === byte);
  if (TIFF_MARKS.some(startsWith)) return readTiffStack;
  return startsWith(PNG_MARK) ? decodePng : undefined;
}
