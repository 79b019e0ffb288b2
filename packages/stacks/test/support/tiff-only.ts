/** What a page bundles that reads and writes TIFF in memory and nothing else. */
export { encodeTiffStack, readTiffStack, TiffWriter } from '../../src/index.ts';
