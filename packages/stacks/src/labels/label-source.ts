import {
  crop,
  InvalidImageError,
  instanceMembranes,
  membraneReach,
  type GreyData,
  type GreyImage,
  type Rectangle,
} from '@dilated-unet/core';
import { AXES, readingOf, type StackSource } from '../source.ts';
import { IGNORED } from './ignored.ts';
import type { LabelReading } from './reading.ts';

/** Which pixels of labels that are read part by part do not count. */
export interface IgnoredParts {
  /** Those with this value in the file of the labels. @default none */
  readonly ignore?: number | undefined;
  /** Those that are above 0 in this stack, of the labels' size. @default none */
  readonly mask?: StackSource | undefined;
  /** Those of these sections, from 0. @default none */
  readonly sections?: ReadonlySet<number> | undefined;
  /** Is told what it is that a pixel is ignored by. */
  readonly onIgnored?: ((by: 'ignore' | 'ignoreMask') => void) | undefined;
}

/** A part of labels as it is stored, and which of its pixels do not count. */
export interface CountedPart {
  readonly stored: GreyImage;
  /** 1 at pixels that do not count; null where all do. */
  readonly ignored: Uint8Array | null;
}

/**
 * Labels of a known kind, read part by part: what `interpretLabels` gives of the whole, to the last pixel. 1 interior, 0 membrane,
 * `IGNORED` where they do not count.
 *
 * @param stored opened with `labels: true`; closing the labels closes it and the mask. @param reading null: 1 where they count.
 * @param name how messages name the labels, such as their path.
 * @returns whose `read` throws InvalidImageError where a value is none of the two of binary labels, or no id, naming its place.
 */
export function labelSource(
  stored: StackSource,
  reading: LabelReading | null,
  name: string,
  rules: IgnoredParts = {},
): StackSource {
  const [, rows, columns] = stored.shape;
  const reach = reading?.labelKind === 'instances' ? membraneReach(reading.boundaryWidth) : 0;
  return {
    shape: stored.shape,
    axes: AXES,
    dtype: 'uint8',
    ...(stored.pixelSize && { pixelSize: stored.pixelSize }),
    ...readingOf(stored),
    async read(z, region, { signal } = {}) {
      const { width, height } = region;
      if (rules.sections?.has(z) === true) return { width, height, data: new Uint8Array(width * height).fill(IGNORED) };
      const needed = widened(region, reach, { width: columns, height: rows });
      const { stored: values, ignored } = await countedPart(stored, z, needed, rules, signal);
      const unread = (value: number, i: number): InvalidImageError => {
        const [x, y] = [needed.x + (i % needed.width), needed.y + Math.floor(i / needed.width)];
        return new InvalidImageError(
          `${name}: ${adviceFor(reading)}; found ${value} at x ${x}, y ${y} of section ${z + 1}.`,
        );
      };
      const read = readBy(reading, values, ignored, unread);
      if (ignored !== null) for (let i = 0; i < ignored.length; i++) if (ignored[i] === 1) read.data[i] = IGNORED;
      return reach === 0 ? read : crop(read, { ...region, x: region.x - needed.x, y: region.y - needed.y });
    },
    async close() {
      await stored.close?.();
      await rules.mask?.close?.();
    },
  };
}

/** The part `region` of section `z` of labels as they are stored, and what of it is ignored but for whole sections. */
export async function countedPart(
  labels: StackSource,
  z: number,
  region: Rectangle,
  { ignore, mask, onIgnored }: IgnoredParts,
  signal?: AbortSignal,
): Promise<CountedPart> {
  const [stored, masked] = await Promise.all([
    labels.read(z, region, { signal }),
    mask?.read(z, region, { signal }).then(({ data }) => data),
  ]);
  const { data } = stored;
  const ignored = new Uint8Array(data.length);
  // As the file has it.
  const value = ignore !== undefined && data instanceof Float32Array ? Math.fround(ignore) : ignore;
  // A loop for each rule: volumes of which nearly nothing is labelled are looked through whole.
  if (value !== undefined) for (let i = 0; i < data.length; i++) if (data[i] === value) ignored[i] = 1;
  const byValue = ignored.includes(1);
  let byMask = false;
  if (masked !== undefined) {
    for (let i = 0; i < masked.length; i++) {
      if (!((masked[i] as number) > 0)) continue;
      ignored[i] = 1;
      byMask = true;
    }
  }
  if (byValue) onIgnored?.('ignore');
  if (byMask) onIgnored?.('ignoreMask');
  return { stored, ignored: byValue || byMask ? ignored : null };
}

function readBy(
  reading: LabelReading | null,
  { width, height, data: values }: GreyImage,
  ignored: Uint8Array | null,
  unread: (value: number, i: number) => InvalidImageError,
): GreyImage<Uint8Array> {
  const data = new Uint8Array(values.length);
  if (reading === null) return { width, height, data: data.fill(1) };
  if (reading.labelKind === 'instances') {
    const ids = ignored === null ? values : withoutIgnored(values, ignored);
    const isId = (value: number): boolean => value >= 0 && Number.isInteger(value);
    const bad = ids instanceof Float32Array ? ids.findIndex((value) => !isId(value)) : -1;
    if (bad >= 0) throw unread(ids[bad] as number, bad);
    return instanceMembranes({ width, height, data: ids }, reading.boundaryWidth);
  }
  const { zero, other } = reading;
  const [atZero, elsewhere] = reading.labelKind === 'interior' ? [0, 1] : [1, 0];
  for (let i = 0; i < data.length; i++) {
    const value = values[i] as number;
    if (value === zero) data[i] = atZero;
    else if (value === other) data[i] = elsewhere;
    else if (ignored?.[i] !== 1) throw unread(value, i);
  }
  return { width, height, data };
}

function withoutIgnored(values: GreyData, ignored: Uint8Array): GreyData {
  const ids = values.slice();
  for (let i = 0; i < ids.length; i++) if (ignored[i] === 1) ids[i] = 0;
  return ids;
}

function adviceFor(reading: LabelReading | null): string {
  if (reading === null || reading.labelKind === 'instances') return 'ids of cells must be whole numbers of 0 or more';
  return (
    `the parts of the labels that were looked at have the two values ${reading.zero} and ${reading.other}, and these are all that ` +
    'labels of two classes may have (name one that marks what nobody labelled with `ignore`)'
  );
}

/** `region` with `by` pixels more on each side, as far as the section has them. */
function widened(
  { x, y, width, height }: Rectangle,
  by: number,
  section: { readonly width: number; readonly height: number },
): Rectangle {
  const [left, top] = [Math.max(0, x - by), Math.max(0, y - by)];
  return {
    x: left,
    y: top,
    width: Math.min(section.width, x + width + by) - left,
    height: Math.min(section.height, y + height + by) - top,
  };
}
