import { TAG } from '../../tags.ts';
import { readNumber, readText } from '../directory.ts';
import type { Description } from './described.ts';

/** The longest text of V8. OME-XML has a few hundred bytes for each plane. */
const MOST_BYTES = 2 ** 29 - 24;

/** OME-XML in the first page, as the OME-TIFF specification 6.3 has it: the images, their axes, and the page of each plane. */
export const OME: Description = {
  async read(first) {
    const start = await readText(first, TAG.imageDescription);
    if (start === undefined || !/^\s*(<\?xml[^>]*>\s*)?(<!--[^]*?-->\s*)*<(\w+:)?OME\b/.test(start)) return undefined;
    const text = (await readText(first, TAG.imageDescription, MOST_BYTES)) as string;
    const samples = await readNumber(first, TAG.samplesPerPixel, 'SamplesPerPixel', 1);
    return (await import('./ome-xml.ts')).imagesOf(text, samples, first.file);
  },
};
