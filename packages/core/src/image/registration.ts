import { InvalidImageError } from '../errors.ts';
import { countedSections, countedValues, type IgnoreOption } from './ignore.ts';
import { section, type GreyImage, type GreyStack } from './image.ts';
import { translateStack, type Offset } from './translation.ts';

/** Largest offset that is found, pixels down or up, right or left. */
const RANGE = 4;
/** Least side of a section that leaves as much to compare as the search takes away, pixels. */
const SMALLEST_SIDE = 4 * RANGE;
/** Sections that are compared at most, evenly spread over the stack, and the side of their middle part. */
const MOST_SECTIONS = 16;
const LARGEST_SIDE = 1024;
/** Below this correlation, either sign, labels say nothing of the images, nor do they of where labels lie. */
const LEAST_CORRELATION = 0.1;

/** Where labels lie beside the images that they were drawn on. */
export interface LabelOffset extends Offset {
  /** Correlation of labels and grey values there, -1 ... 1; negative where interior is darker than membrane. */
  readonly correlation: number;
}

/**
 * By how much labels are displaced against the images they belong to: the translation at which the normalised
 * cross-correlation of interior and grey value (Lewis 1995, "Fast Normalized Cross-Correlation") is strongest, in the mean over
 * the sections; between pixels, the extremum of the quadratic surface through the 3 x 3 values around it (least squares). In
 * ISBI-2012 the labels lie 0.6 pixels above and 0.2 left of the membranes.
 *
 * @param images raw grey values, axes z, y, x; at least 16 x 16 pixels.
 * @param labels interior above 0, of the same size. Pixels of the value `ignore` are left out, with the grey values that they would
 *   be compared with; sections weigh by the pixels that are left.
 * @returns where the labels lie, seen from the images.
 * @throws InvalidImageError where labels and images differ in size, are smaller than that, do not correlate, or do so best at
 *   the edge of what is searched, 4 pixels.
 */
export function labelOffset(images: GreyStack, labels: GreyStack, { ignore }: IgnoreOption = {}): LabelOffset {
  requireComparable(images, labels);
  const side = 2 * RANGE + 1;
  const surface = new Float64Array(side * side);
  const pairs = comparedParts(images, labels, ignore);
  const pixels = pairs.reduce((sum, { counted }) => sum + counted, 0);
  for (const { image, label, counted } of pairs) addCorrelations(surface, image, label, pixels / counted, ignore);
  const peak = surface.reduce(
    (best, value, place) => (Math.abs(value) > Math.abs(surface[best] as number) ? place : best),
    0,
  );
  const [row, column] = [Math.floor(peak / side), peak % side];
  const correlation = surface[peak] as number;
  if (Math.abs(correlation) < LEAST_CORRELATION) {
    throw new InvalidImageError(
      `Labels and images do not go together: their correlation is ${Math.abs(correlation).toFixed(2)} at most. Are they of ` +
        'the same sections, in the same order? If so, train with the labels as they lie.',
    );
  }
  if ([row, column].some((place) => place === 0 || place === side - 1)) {
    throw new InvalidImageError(
      `The labels lie ${RANGE} pixels or more beside the images (best at ${row - RANGE} down, ${column - RANGE} right, where ` +
        'the search ends). Register them first, or train with the labels as they lie.',
    );
  }
  const { y, x } = extremum((dy, dx) => surface[(row + dy) * side + column + dx] as number);
  return { y: row - RANGE + y, x: column - RANGE + x, correlation };
}

/**
 * What was predicted of images, moved to where their labels lie, so that the two can be compared.
 *
 * @param probabilities of the images' pixels, axes z, y, x. @param offset of the labels; null: they lie on the images.
 * @returns of the size of `probabilities`; those themselves where there is no offset.
 */
export function moveToLabels(
  probabilities: GreyStack<Float32Array>,
  offset: Offset | null | undefined,
): GreyStack<Float32Array> {
  return offset === null || offset === undefined ? probabilities : translateStack(probabilities, offset);
}

/** Where labels lie of the tissue, in words: for example `0.61 pixels above and 0.17 left`. */
export function whereLabelsLie({ y, x }: Offset): string {
  return `${Math.abs(y).toFixed(2)} pixels ${y < 0 ? 'above' : 'below'} and ${Math.abs(x).toFixed(2)} ${x < 0 ? 'left' : 'right'}`;
}

function requireComparable(images: GreyStack, labels: GreyStack): void {
  const size = ({ width, height, depth }: GreyStack): string => `${depth} x ${height} x ${width} (z, y, x)`;
  if (size(images) !== size(labels)) {
    throw new InvalidImageError(
      `Labels must have the size of their images, ${size(images)}; received ${size(labels)}.`,
    );
  }
  if (Math.min(images.width, images.height) < SMALLEST_SIDE) {
    throw new InvalidImageError(
      `Sections must be at least ${SMALLEST_SIDE} x ${SMALLEST_SIDE} pixels to tell where labels lie; received ${size(images)}.`,
    );
  }
}

interface ComparedPart {
  readonly image: GreyImage;
  readonly label: GreyImage;
  /** Pixels of the label that count, at least 1. */
  readonly counted: number;
}

/** Parts of some of the sections that have labels, evenly spread, each about the middle of what is labelled. */
function comparedParts(images: GreyStack, labels: GreyStack, ignore: number | undefined): readonly ComparedPart[] {
  const places = countedSections(labels, { ignore });
  const compared = Math.min(MOST_SECTIONS, places.length);
  return Array.from({ length: compared }, (_, k) => {
    const z = places[Math.floor(((k + 0.5) * places.length) / compared)] as number;
    const whole = section(labels, z);
    const corner = cornerOfMiddle(whole, ignore);
    const label = partAt(whole, corner);
    return { image: partAt(section(images, z), corner), label, counted: countedValues(label.data, ignore) };
  }).filter(({ counted }) => counted > 0);
}

/** Where the compared part of a section begins: its middle is that of the rectangle around all pixels that count. */
function cornerOfMiddle({ width, height, data }: GreyImage, ignore: number | undefined): Offset {
  let [left, right, top, bottom] = [0, width - 1, 0, height - 1];
  if (ignore !== undefined) {
    [left, right, top, bottom] = [width, -1, height, -1];
    data.forEach((value, i) => {
      if (value === ignore) return;
      const [x, y] = [i % width, Math.floor(i / width)];
      [left, right, top, bottom] = [Math.min(left, x), Math.max(right, x), Math.min(top, y), Math.max(bottom, y)];
    });
  }
  const begin = (first: number, last: number, side: number): number => {
    const part = Math.min(side, LARGEST_SIDE);
    return Math.min(side - part, Math.max(0, (first + last + 1 - part) >> 1));
  };
  return { x: begin(left, right, width), y: begin(top, bottom, height) };
}

function partAt({ width, height, data }: GreyImage, { x: left, y: top }: Offset): GreyImage {
  const [w, h] = [Math.min(width, LARGEST_SIDE), Math.min(height, LARGEST_SIDE)];
  const out = new Float32Array(w * h);
  for (let y = 0; y < h; y++) out.set(data.subarray((top + y) * width + left, (top + y) * width + left + w), y * w);
  return { width: w, height: h, data: out };
}

/** Adds to `surface`, rows of dy, the correlation of `image` and of `labels` seen from (dy, dx), as one of `parts`. */
function addCorrelations(
  surface: Float64Array,
  image: GreyImage,
  labels: GreyImage,
  parts: number,
  ignore: number | undefined,
): void {
  if (ignore !== undefined && labels.data.includes(ignore)) {
    addPartialCorrelations(surface, image, labels, parts, ignore);
    return;
  }
  const { width, height } = image;
  const [w, h] = [width - 2 * RANGE, height - 2 * RANGE];
  const count = w * h;
  let [sum, squares] = [0, 0];
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const value = image.data[(y + RANGE) * width + x + RANGE] as number;
      sum += value;
      squares += value * value;
    }
  }
  const variance = squares / count - (sum / count) ** 2;
  for (let dy = 0, place = 0; dy <= 2 * RANGE; dy++) {
    for (let dx = 0; dx <= 2 * RANGE; dx++, place++) {
      let [interior, product] = [0, 0];
      for (let y = 0; y < h; y++) {
        const from = (y + RANGE) * width + RANGE;
        const beside = (y + dy) * width + dx;
        for (let x = 0; x < w; x++) {
          if ((labels.data[beside + x] as number) === 0) continue;
          interior++;
          product += image.data[from + x] as number;
        }
      }
      const share = interior / count;
      const scale = Math.sqrt(variance * share * (1 - share));
      // A section of one value, or without membrane, says nothing.
      if (scale > 0)
        surface[place] = (surface[place] as number) + (product / count - (sum / count) * share) / scale / parts;
    }
  }
}

/** As `addCorrelations`, over the pixels that count at each place of the labels. */
function addPartialCorrelations(
  surface: Float64Array,
  image: GreyImage,
  labels: GreyImage,
  parts: number,
  ignore: number,
): void {
  const { width, height } = image;
  const [w, h] = [width - 2 * RANGE, height - 2 * RANGE];
  for (let dy = 0, place = 0; dy <= 2 * RANGE; dy++) {
    for (let dx = 0; dx <= 2 * RANGE; dx++, place++) {
      let [count, sum, squares, interior, product] = [0, 0, 0, 0, 0];
      for (let y = 0; y < h; y++) {
        const from = (y + RANGE) * width + RANGE;
        const beside = (y + dy) * width + dx;
        for (let x = 0; x < w; x++) {
          const label = labels.data[beside + x] as number;
          if (label === ignore) continue;
          const value = image.data[from + x] as number;
          count++;
          sum += value;
          squares += value * value;
          if (label === 0) continue;
          interior++;
          product += value;
        }
      }
      const share = interior / count;
      const variance = squares / count - (sum / count) ** 2;
      const scale = Math.sqrt(variance * share * (1 - share));
      if (scale > 0)
        surface[place] = (surface[place] as number) + (product / count - (sum / count) * share) / scale / parts;
    }
  }
}

/** Where the quadratic surface through the 3 x 3 values around an extremum has its own; (0, 0) where it has none near. */
function extremum(value: (dy: number, dx: number) => number): Offset {
  const fit = { y: 0, x: 0, yy: 0, xx: 0, xy: 0 };
  for (const y of [-1, 0, 1]) {
    for (const x of [-1, 0, 1]) {
      const v = value(y, x);
      fit.y += (v * y) / 6;
      fit.x += (v * x) / 6;
      fit.yy += (v * (y * y - 2 / 3)) / 2;
      fit.xx += (v * (x * x - 2 / 3)) / 2;
      fit.xy += (v * x * y) / 4;
    }
  }
  const determinant = 4 * fit.yy * fit.xx - fit.xy ** 2;
  const y = (fit.xy * fit.x - 2 * fit.xx * fit.y) / determinant;
  const x = (fit.xy * fit.y - 2 * fit.yy * fit.x) / determinant;
  return determinant > 0 && Math.max(Math.abs(y), Math.abs(x)) <= 1 ? { y, x } : { y: 0, x: 0 };
}
