import type { BuiltPage } from '../../../packages/stacks/test/support/build-tiff.ts';
import type { Draw } from './draw.ts';

/** Planes of a file, for its description. */
export interface Described {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly sections: number;
  readonly times: number;
}

/**
 * The tags by which one of the programs in use describes planes, or none.
 *
 * @param metaMorph whether MetaMorph's may be drawn; its planes lie behind one directory.
 */
export function description(draw: Draw, planes: Described, metaMorph = draw.chance(0.05)): BuiltPage['tags'] {
  const count = planes.sections * planes.channels * planes.times;
  const metaMorphTags = (): BuiltPage['tags'] => ({
    33628: { type: 4, values: [0, 0] },
    33629: { type: 5, values: Array.from({ length: 6 * count }, () => 1), count },
  });
  return draw.of<() => BuiltPage['tags']>([
    () => ({}),
    () => ({ 270: imageJ(draw, planes) }),
    () => ({ 270: omeXml(draw, planes) }),
    () => ({ 270: shaped(draw, planes), ...(draw.chance(0.5) && { 305: 'tifffile.py' }) }),
    ...(metaMorph ? [metaMorphTags] : []),
  ])();
}

function imageJ(draw: Draw, { sections, channels, times }: Described): string {
  const lines = ['ImageJ=1.54f', `images=${sections * channels * times}`];
  if (channels > 1) lines.push(`channels=${channels}`);
  if (sections > 1 || draw.chance(0.5)) lines.push(`slices=${sections}`);
  if (times > 1) lines.push(`frames=${times}`);
  if (channels * times > 1) lines.push('hyperstack=true', 'mode=grayscale');
  if (draw.chance(0.3)) lines.push('unit=micron', 'spacing=0.05', 'loop=false');
  return `${lines.join(draw.chance(0.05) ? '\r\n' : '\n')}\n`;
}

function omeXml(draw: Draw, { width, height, sections, channels, times }: Described): string {
  const order = draw.of(['XYZCT', 'XYZTC', 'XYCZT', 'XYCTZ', 'XYTZC', 'XYTCZ']);
  const sizes: Readonly<Record<string, number>> = { C: channels, Z: sections, T: times };
  const places: Record<string, number>[] = [];
  const [a, b, c] = [...order.slice(2)] as [string, string, string];
  for (let k = 0; k < (sizes[c] as number); k++) {
    for (let j = 0; j < (sizes[b] as number); j++) {
      for (let i = 0; i < (sizes[a] as number); i++) places.push({ [a]: i, [b]: j, [c]: k });
    }
  }
  const one = ({ C, Z, T }: Record<string, number>, ifd: number): string =>
    `<TiffData FirstC="${C}" FirstT="${T}" FirstZ="${Z}" IFD="${ifd}" PlaneCount="1"/>`;
  const data = draw.of([
    '<TiffData/>',
    `<TiffData IFD="0" PlaneCount="${places.length}"/>`,
    places.map(one).join(''),
    places.map((place, i) => one(place, places.length - 1 - i)).join(''),
  ]);
  const named = Array.from({ length: channels }, (_, i) => `<Channel ID="Channel:0:${i}" SamplesPerPixel="1"/>`);
  const channel = draw.chance(0.5) ? named.join('') : '';
  const image = (name: string, tiffData: string): string =>
    `<Image ID="Image:${name}" Name="${name}"><Pixels ID="Pixels:${name}" DimensionOrder="${order}" SizeX="${width}" ` +
    `SizeY="${height}" SizeZ="${sections}" SizeC="${channels}" SizeT="${times}" Type="${draw.of(['uint8', 'uint16'])}">` +
    `${channel}${tiffData}</Pixels></Image>`;
  const head = draw.chance(0.5) ? '<?xml version="1.0" encoding="UTF-8"?>' : '';
  const schema = 'http://www.openmicroscopy.org/Schemas/OME/2016-06';
  return `${head}<OME xmlns="${schema}">${image('0', data)}${draw.chance(0.1) ? image('1', data) : ''}</OME>`;
}

/** What tifffile writes. */
function shaped(draw: Draw, { width, height, sections, channels, times }: Described): string {
  const outer: (readonly [axis: string, size: number])[] = [
    ['T', times],
    ['C', channels],
    ['Z', sections],
  ];
  if (draw.chance(0.3)) outer.push(outer.shift() as (typeof outer)[number]);
  const kept = draw.chance(0.7) ? outer.filter(([, size]) => size > 1) : outer;
  const numbers = [...kept.map(([, size]) => size), height, width].join(', ');
  const axes = draw.chance(0.6) ? `, "axes": "${kept.map(([axis]) => axis).join('')}YX"` : '';
  return `{"shape": [${numbers}]${axes}}`;
}

/** `text` with one of its numbers, names or signs changed, or cut off. */
export function damagedText(text: string, draw: Draw): string {
  const number = String(draw.of([0, 1, 2, 3, 4, 5, 6, 8, 100, 99999, -1]));
  const digits = [...text.matchAll(/\d+/g)];
  const at = draw.below(text.length);
  switch (draw.below(5)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text.slice(0, at) + String.fromCharCode(32 + draw.below(200)) + text.slice(at + 1);
    case 2:
      return text.replace(
        draw.of(['="', 'Size', 'First', 'images', 'slices', 'shape', 'Z', '"', '\n']),
        draw.of(['', 'x']),
      );
    default: {
      const place = draw.of(digits);
      if (place === undefined) return text;
      return text.slice(0, place.index) + number + text.slice(place.index + place[0].length);
    }
  }
}
