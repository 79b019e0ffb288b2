import type { GreyImage } from '@dilated-unet/core';
import sharp from 'sharp';

/** Share of the pixels that are darker than black, and brighter than white. */
const CUT = 0.003;
/** Most steps of a histogram. */
const BINS = 64;
/** Red, green, blue. */
const MEMBRANE = [255, 106, 0] as const;
/** How much of the image is hidden by a cell. */
const CELL_OPACITY = 0.55;

/** The grey values that are shown black and white. */
export type Contrast = readonly [black: number, white: number];

/** Black and white for `images` together, nearly all of whose values lie between them. */
export function contrastOf(images: readonly GreyImage<Float32Array>[]): Contrast {
  const values = new Float32Array(images.reduce((sum, { data }) => sum + data.length, 0));
  let filled = 0;
  for (const { data } of images) {
    values.set(data, filled);
    filled += data.length;
  }
  values.sort();
  const at = (share: number): number => values[Math.round(share * (values.length - 1))] as number;
  return [at(CUT), at(1 - CUT)];
}

/** How often grey values occur. */
export interface Histogram {
  /** Where the first of the steps begins, and where the last one ends. */
  readonly from: number;
  readonly to: number;
  /** Values in each step; those beyond the ends are in the first and the last. */
  readonly counts: readonly number[];
}

/** @param isWhole whether the values are whole numbers, of which each step then has as many. */
export function histogramOf(
  images: readonly GreyImage<Float32Array>[],
  [black, white]: Contrast,
  isWhole: boolean,
): Histogram {
  const range = white - black || 1;
  const step = isWhole ? Math.ceil(range / BINS) : range / BINS;
  const counts = new Array<number>(Math.ceil(range / step)).fill(0);
  for (const { data } of images) {
    for (const value of data) {
      const place = Math.min(counts.length - 1, Math.max(0, Math.floor((value - black) / step)));
      counts[place] = (counts[place] as number) + 1;
    }
  }
  return { from: black, to: black + counts.length * step, counts };
}

/** `image` as a file in WebP. */
export function greyPicture(
  { width, height, data }: GreyImage<Float32Array>,
  [black, white]: Contrast,
): Promise<Buffer> {
  const grey = data.map((value) => Math.min(255, Math.max(0, (255 * (value - black)) / (white - black || 1))));
  return sharp(new Uint8Array(grey), { raw: { width, height, channels: 1 } })
    .webp({ quality: 80 })
    .toBuffer();
}

/** Membranes in colour, for the rest nothing, as a file in WebP. @param interior its probability, 0 ... 1. */
export function membranePicture(interior: GreyImage<Float32Array>): Promise<Buffer> {
  return coloured(interior, (i) => [...MEMBRANE, Math.round(255 * (1 - (interior.data[i] as number)))]);
}

/** Cells in colours by their numbers, as a file in WebP. */
export function cellsPicture({ width, height, data }: GreyImage<Float32Array>): Promise<Buffer> {
  return coloured({ width, height }, (i) => {
    const id = data[i] as number;
    return id === 0 ? [0, 0, 0, 0] : [...hue(id * 0.618_034), Math.round(255 * CELL_OPACITY)];
  });
}

function coloured(
  { width, height }: { readonly width: number; readonly height: number },
  colour: (pixel: number) => readonly number[],
): Promise<Buffer> {
  const rgba = new Uint8Array(4 * width * height);
  for (let i = 0; i < width * height; i++) rgba.set(colour(i), 4 * i);
  return sharp(rgba, { raw: { width, height, channels: 4 } })
    .webp({ nearLossless: true })
    .toBuffer();
}

/** A bright colour. @param turn around the circle of colours. */
function hue(turn: number): readonly [red: number, green: number, blue: number] {
  const channel = (shift: number): number =>
    Math.round(255 * Math.min(1, Math.max(0, Math.abs(((turn + shift) % 1) * 6 - 3) - 1)));
  return [channel(0), channel(2 / 3), channel(1 / 3)];
}
