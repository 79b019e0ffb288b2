import sharp from 'sharp';
import { JPEG } from '../report/side-by-side.ts';
import { PAINTED } from './labels.ts';

/** z-score that is shown black, and that is white with the other sign. */
export const CONTRAST = 3;
/** Share of the colour in a painted pixel: the tissue below stays visible. */
const OPACITY = 0.5;

/** An image as a network sees it, and its labels. */
export interface Labelled {
  readonly width: number;
  readonly height: number;
  /** z-scores; axes y, x. */
  readonly image: Float32Array;
  /** 1 interior, 0 membrane, between them the share of interior; axes y, x. */
  readonly labels: Uint8Array | Float32Array;
}

/** An image without its labels and with them, of one size, as JPEG. */
export interface Pair {
  readonly width: number;
  readonly height: number;
  readonly plain: Uint8Array;
  readonly painted: Uint8Array;
}

/** @param side longest side of what is made, pixels: of a larger image each pixel is the mean of a square. */
export async function drawPair({ width, height, image, labels }: Labelled, side: number): Promise<Pair> {
  const square = Math.max(1, Math.ceil(Math.max(width, height) / side));
  const size = { width: Math.ceil(width / square), height: Math.ceil(height / square) };
  const grey = reduced(image, width, size, square, greyOf);
  const colours = new Uint8Array(3 * grey.length);
  const layers = PAINTED.map(({ colour, share }) => ({ colour, shares: reduced(labels, width, size, square, share) }));
  for (const [i, value] of grey.entries()) {
    for (let c = 0; c < 3; c++) {
      colours[3 * i + c] = layers.reduce((below, { colour, shares }) => {
        const opacity = OPACITY * (shares[i] as number);
        return opacity * (colour[c] as number) + (1 - opacity) * below;
      }, value);
    }
  }
  const plain = sharp(Uint8Array.from(grey), { raw: { ...size, channels: 1 } });
  const painted = sharp(colours, { raw: { ...size, channels: 3 } });
  return { ...size, plain: await plain.jpeg(JPEG).toBuffer(), painted: await painted.jpeg(JPEG).toBuffer() };
}

const greyOf = (score: number): number => Math.min(255, Math.max(0, (255 * (score + CONTRAST)) / (2 * CONTRAST)));

/** The mean of `valueOf` in each square; those at the right and lower edge are cut. */
function reduced(
  values: Uint8Array | Float32Array,
  across: number,
  { width, height }: { readonly width: number; readonly height: number },
  square: number,
  valueOf: (value: number) => number,
): Float32Array {
  const rows = values.length / across;
  const means = new Float32Array(width * height);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < across; x++) {
      const at = Math.floor(y / square) * width + Math.floor(x / square);
      means[at] = (means[at] as number) + valueOf(values[y * across + x] as number);
    }
  }
  return means.map((sum, at) => {
    const inWidth = Math.min(square, across - (at % width) * square);
    const inHeight = Math.min(square, rows - Math.floor(at / width) * square);
    return sum / (inWidth * inHeight);
  });
}
