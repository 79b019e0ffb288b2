import { InvalidImageError } from '@dilated-unet/core';
import type { parse } from 'txml/txml';
import { TAG } from '../../tags.ts';
import { readNumber, readText } from '../directory.ts';
import type { TiffFile } from '../file.ts';
import type { PlaneAxis } from '../../../../select.ts';
import type { PixelSize } from '../../../../source.ts';
import { NANOMETRES } from '../pixel-size.ts';
import type { DescribedImage, Description } from './described.ts';

/** The longest text of V8. OME-XML has a few hundred bytes for each plane. */
const MOST_BYTES = 2 ** 29 - 24;
const AXES: Readonly<Record<string, PlaneAxis>> = { C: 'channel', Z: 'z', T: 'time' };

/** An element of XML. */
interface Element {
  readonly tagName: string;
  readonly attributes: Readonly<Record<string, string | null>>;
  readonly children: readonly (Element | string)[];
}

/** OME-XML in the first page, as the OME-TIFF specification 6.3 has it: the images, their axes, and the page of each plane. */
export const OME: Description = {
  async read(first) {
    const start = await readText(first, TAG.imageDescription);
    if (start === undefined || !/^\s*(<\?xml[^>]*>\s*)?(<!--[^]*?-->\s*)*<(\w+:)?OME\b/.test(start)) return undefined;
    const text = (await readText(first, TAG.imageDescription, MOST_BYTES)) as string;
    const { parse: parseXml } = await import('txml/txml');
    const root = elements(read(parseXml, text), 'OME')[0];
    if (root === undefined) throw unreadable('it has no element OME');
    const companion = elements(root.children, 'BinaryOnly')[0]?.attributes['MetadataFile'];
    if (companion !== undefined) {
      throw new InvalidImageError(
        `The file is one of several of an OME-TIFF, and what its pages are is said in ${companion}, which is not read. ` +
          'Save the stack as one file (in Fiji: File > Import > Bio-Formats, then File > Save As > Tiff).',
      );
    }
    const images = elements(root.children, 'Image');
    if (images.length === 0) throw unreadable('it has no element Image');
    const id = root.attributes['UUID'] ?? undefined;
    const samples = await readNumber(first, TAG.samplesPerPixel, 'SamplesPerPixel', 1);
    return images.map((image) => describedImage(image, id, images.length === 1, samples, first.file));
  },
};

/** @param samplesOfFile samples of a pixel as the directory says it, where the XML does not. */
function describedImage(
  image: Element,
  fileId: string | undefined,
  isOnly: boolean,
  samplesOfFile: number,
  file: TiffFile,
): DescribedImage {
  const pixels = elements(image.children, 'Pixels')[0];
  if (pixels === undefined) throw unreadable('an image has no element Pixels');
  const channels = elements(pixels.children, 'Channel');
  const samples = (channels[0] && whole(channels[0], 'SamplesPerPixel')) ?? samplesOfFile;
  const order = /^XY([CZT]{3})$/.exec(pixels.attributes['DimensionOrder'] ?? '')?.[1] ?? 'CZT';
  const sizes = [...order].map((letter): [PlaneAxis, number] => {
    const size = whole(pixels, `Size${letter}`) ?? 1;
    return [AXES[letter] as PlaneAxis, letter === 'C' ? Math.max(1, Math.floor(size / samples)) : size];
  });
  const count = sizes.reduce((product, [, size]) => product * size, 1);
  // A plane has a byte at least.
  if (!(count >= 1 && count <= file.bytes.byteLength)) throw unreadable(`it says that an image has ${count} planes`);

  const pages: (number | undefined)[] = Array.from({ length: count }, () => undefined);
  const data = elements(pixels.children, 'TiffData');
  if (data.length === 0 && isOnly) pages.forEach((_, plane) => (pages[plane] = plane));
  const others = new Set<string>();
  for (const entry of data) {
    const uuid = elements(entry.children, 'UUID')[0];
    if (uuid !== undefined && fileId !== undefined && uuid.children.join('').trim() !== fileId) {
      others.add(uuid.attributes['FileName'] ?? 'another file');
      continue;
    }
    const ifd = whole(entry, 'IFD');
    let plane = 0;
    let step = 1;
    for (const [axis, size] of sizes) {
      plane += step * (whole(entry, `First${LETTERS[axis]}`) ?? 0);
      step *= size;
    }
    const planes = whole(entry, 'PlaneCount') ?? (ifd === undefined ? count : 1);
    for (let i = 0; i < planes && plane + i < count; i++) pages[plane + i] = (ifd ?? 0) + i;
  }
  if (others.size > 0) {
    const named = [...others].slice(0, 3).join(', ');
    throw new InvalidImageError(
      `The file is one of several of an OME-TIFF: other sections lie in ${named}${others.size > 3 ? ' ...' : ''}. Save the ` +
        'stack as one file (in Fiji: File > Import > Bio-Formats, then File > Save As > Tiff).',
    );
  }
  const names = channels.map((channel) => channel.attributes['Name'] ?? undefined);
  return {
    source: 'the OME-XML',
    name: image.attributes['Name'] ?? undefined,
    pixelSize: pixelSizeOf(pixels),
    sizes,
    pages,
    ...(names.some((name) => name !== undefined) && { channelNames: names }),
  };
}

function pixelSizeOf({ attributes }: Element): PixelSize | undefined {
  const size = (axis: string): number => {
    const unit = NANOMETRES.get(attributes[`PhysicalSize${axis}Unit`] ?? 'µm') ?? NaN;
    return Number(attributes[`PhysicalSize${axis}`] ?? NaN) * unit;
  };
  const [z, y, x] = [size('Z'), size('Y'), size('X')] as [number, number, number];
  const isSize = (value: number): boolean => Number.isFinite(value) && value > 0;
  return isSize(y) && isSize(x) ? { ...(isSize(z) && { z }), y, x } : undefined;
}

const LETTERS: Readonly<Record<PlaneAxis, string>> = { channel: 'C', z: 'Z', time: 'T' };

function read(parseXml: typeof parse, text: string): readonly (Element | string)[] {
  try {
    return parseXml(text, { decodeEntities: true });
  } catch (cause) {
    throw unreadable((cause as Error).message, { cause });
  }
}

/** The elements called `name`, whatever their prefix; `?xml` holds what follows it in some forms. */
function elements(among: readonly (Element | string)[], name: string): readonly Element[] {
  return among.filter(
    (one): one is Element => typeof one === 'object' && one.tagName.slice(one.tagName.indexOf(':') + 1) === name,
  );
}

function whole({ attributes, tagName }: Element, name: string): number | undefined {
  const text = attributes[name];
  if (text === undefined || text === null) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw unreadable(`${name} of ${tagName} is "${text}", not a whole number`);
}

function unreadable(why: string, options?: ErrorOptions): InvalidImageError {
  return new InvalidImageError(
    `The OME-XML of the file cannot be read: ${why}. Save the stack again, in Fiji as a plain TIFF (File > Save As > Tiff).`,
    options,
  );
}
