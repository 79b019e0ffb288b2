/**
 * Reads and writes TIFF stacks (multi-page grey TIFF) in Node and in the browser: sizes and directories are checked
 * before anything is decoded, so that a damaged file is an error and never a wrong image.
 *
 * @example
 * import { encodeTiffStack, readTiffStack } from '@dilated-unet/stacks';
 * const stack = { width: 2, height: 1, depth: 1, data: Uint8Array.of(0, 255) };
 * const bytes = await encodeTiffStack(stack, { compression: 'deflate' });
 * (await readTiffStack(bytes)).data; // Uint8Array [0, 255]
 *
 * @module
 */
export type { Dtype } from './formats/tiff/dtype.ts';
export type { ReadLimits } from './formats/tiff/read/limits.ts';
export { readTiffInfo, readTiffStack, type TiffInfo } from './formats/tiff/read/stack.ts';
export type { WriteCompression } from './formats/tiff/write/directory.ts';
export type { TiffEncoding, TiffWriterOptions } from './formats/tiff/write/options.ts';
export { encodeTiffStack } from './formats/tiff/write/stack.ts';
export { TiffWriter, type ByteSink } from './formats/tiff/write/writer.ts';
