import { TAG } from '../../tags.ts';
import { readNumber, readWholeDescription } from '../directory.ts';
import type { Description } from './described.ts';

const BEGINS = /^\s*(<\?xml[^>]*>\s*)?(<!--[^]*?-->\s*)*<(\w+:)?OME\b/;

/** OME-XML in the first page, as the OME-TIFF specification 6.3 has it: the images, their axes, and the page of each plane. */
export const OME: Description = {
  async read(first) {
    const text = await readWholeDescription(first, BEGINS);
    if (text === undefined) return undefined;
    const samples = await readNumber(first, TAG.samplesPerPixel, 'SamplesPerPixel', 1);
    return (await import('./ome-xml.ts')).imagesOf(text, samples, first.file);
  },
};
