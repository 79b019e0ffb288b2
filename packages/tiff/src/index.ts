/**
 * Reads and writes TIFF stacks (multi-page grey TIFF) in Node and in the browser: sizes and directories are checked
 * before anything is decoded, so that a damaged file is an error and never a wrong image.
 *
 * @example
 * import { encodeTiffStack, readTiffStack } from '@dilated-unet/tiff';
 * const stack = { width: 2, height: 1, depth: 1, data: Uint8Array.of(0, 255) };
 * const bytes = await encodeTiffStack(stack, { compression: 'deflate' });
 * (await readTiffStack(bytes)).data; // Uint8Array [0, 255]
 *
 * @module
 */
export type { Dtype } from './dtype.ts';
export type { ReadLimits } from './read/limits.ts';
export { readTiffInfo, readTiffStack, type TiffInfo } from './read/stack.ts';
export type { WriteCompression } from './write/directory.ts';
export type { TiffEncoding, TiffWriterOptions } from './write/options.ts';
export { encodeTiffStack } from './write/stack.ts';
export { TiffWriter, type ByteSink } from './write/writer.ts';
