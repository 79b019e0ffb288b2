import { InvalidImageError } from '@dilated-unet/core';
import { parse } from 'txml/txml';
import type { TiffFile } from '../file.ts';
import type { PlaneAxis } from '../../../../select.ts';
import { nanometresIn } from '../../../../units.ts';
import type { DescribedImage } from './described.ts';

const AXES: Readonly<Record<string, PlaneAxis>> = { C: 'channel', Z: 'z', T: 'time' };
const LETTERS: Readonly<Record<PlaneAxis, string>> = { channel: 'C', z: 'Z', time: 'T' };

/** An element of XML. */
interface Element {
  readonly tagName: string;
  readonly attributes: Readonly<Record<string, string | null>>;
  readonly children: readonly (Element | string)[];
}

/**
 * The images of which OME-XML speaks.
 *
 * @param samples of a pixel as the directory says it, where the XML does not.
 * @throws InvalidImageError where it cannot be read, or speaks of several files.
 */
export function imagesOf(text: string, samples: number, file: TiffFile): readonly DescribedImage[] {
  const root = elements(read(text), 'OME')[0];
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
  return images.map((image) => describedImage(image, id, images.length === 1, samples, file));
}

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
    ...pixelSizeOf(pixels),
    sizes,
    pages,
    ...(names.some((name) => name !== undefined) && { channelNames: names }),
  };
}

function pixelSizeOf({ attributes }: Element): Pick<DescribedImage, 'pixelSize' | 'unknownUnit'> {
  const unitOf = (axis: string): string => attributes[`PhysicalSize${axis}Unit`] ?? '\u00b5m';
  const stated = (axis: string): number => Number(attributes[`PhysicalSize${axis}`] ?? NaN);
  const unknown = ['X', 'Y'].find((axis) => stated(axis) > 0 && Number.isNaN(nanometresIn(unitOf(axis))));
  if (unknown !== undefined) return { unknownUnit: unitOf(unknown) };
  const [z, y, x] = ['Z', 'Y', 'X'].map((axis) => stated(axis) * nanometresIn(unitOf(axis))) as [
    number,
    number,
    number,
  ];
  const isSize = (value: number): boolean => Number.isFinite(value) && value > 0;
  return isSize(y) && isSize(x) ? { pixelSize: { ...(isSize(z) && { z }), y, x } } : {};
}

function read(text: string): readonly (Element | string)[] {
  try {
    return parse(text, { decodeEntities: true });
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
