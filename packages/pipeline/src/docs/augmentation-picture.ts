import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { normalise, section, stackNormalisation, type GreyImage, type GreyStack } from '@dilated-unet/core';
import { writeFileAtomically } from '@dilated-unet/host';
import {
  augmentWindow,
  AUGMENTATION_KINDS,
  parseAugmentation,
  stream,
  type Augmentation,
  type AugmentedWindow,
} from '@dilated-unet/trainer';
import sharp from 'sharp';
import { COLOURS } from '../pictures/paint.ts';

export interface AugmentationPictureOptions {
  /** Raw grey values; axes z, y, x. A typical place of the middle section is shown. */
  readonly images: GreyStack;
  /** Interior above 0, membrane 0; of the same size. */
  readonly labels: GreyStack<Uint8Array>;
  /** Absolute path of the folder of the pictures; it is made. */
  readonly folder: string;
  /** Seed of what is drawn. */
  readonly seed: number;
  /** Called after each picture. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Width and height of what is shown of a section, pixels. */
const SIDE = 184;
/** White space between two windows, pixels. */
const GAP = 4;
/** Distance of the places at which a window may lie, pixels. */
const PLACES = 16;
/** Draws beside the window as it is. */
const DRAWS = 3;
/** Share of the colour in a pixel of an outline. */
const OPACITY = 0.6;
const JPEG = { quality: 72, mozjpeg: true } as const;

/**
 * Draws one picture for each kind of augmentation, `KIND.jpg`, and one of all together, `tissue.jpg`: a window as it is and
 * three draws at the default amplitudes, with the outline of the labelled membranes. What happens to some windows only
 * happens to each of these, but in `tissue.jpg`.
 *
 * @returns absolute paths of the pictures.
 * @throws InvalidImageError when the stack has no pixels.
 */
export async function drawAugmentationPictures(options: AugmentationPictureOptions): Promise<string[]> {
  const { images, labels, folder, seed, onProgress } = options;
  const normalisation = stackNormalisation(images);
  const z = images.depth >> 1;
  const shown = { image: section(images, z), labels: section(labels, z) };
  const side = Math.min(SIDE, images.width, images.height);
  const window = { ...typicalPlace(shown.labels, side), side };
  // The darkest and brightest pixel that are told apart: those of the section, with room for gains.
  const { mean, std } = stackNormalisation({ ...shown.image, depth: 1 });
  const black = normalise(Float32Array.of(mean - 3 * std), normalisation)[0] as number;
  const white = normalise(Float32Array.of(mean + 3 * std), normalisation)[0] as number;

  await mkdir(folder, { recursive: true });
  const names = [...AUGMENTATION_KINDS, 'tissue'];
  const paths: string[] = [];
  for (const name of names) {
    const draws = [parseAugmentation('none'), ...Array<Augmentation>(DRAWS).fill(kindAlways(name))].map(
      (augmentation, k) =>
        augmentWindow(shown, window, {
          augmentation,
          normalisation,
          random: (kind) => stream(seed, 'augmentation picture', kind, k),
        }),
    );
    const picture = await sharp({
      create: { width: draws.length * (side + GAP) - GAP, height: side, channels: 3, background: 'white' },
    })
      .composite(
        draws.map((draw, k) => ({
          input: outlined(draw, side, black, white),
          raw: { width: side, height: side, channels: 3 },
          left: k * (side + GAP),
          top: 0,
        })),
      )
      .jpeg(JPEG)
      .toBuffer();
    const path = join(folder, `${name}.jpg`);
    await writeFileAtomically(path, picture);
    paths.push(path);
    onProgress?.(paths.length, names.length);
  }
  return paths;
}

/** Where a window's share of membrane is most that of the section, of places some pixels apart. */
function typicalPlace({ width, height, data }: GreyImage, side: number): { x: number; y: number } {
  const wanted = side ** 2 * (data.filter((label) => label === 0).length / data.length);
  let best = { x: 0, y: 0, difference: Infinity };
  for (let y = 0; y + side <= height; y += PLACES) {
    for (let x = 0; x + side <= width; x += PLACES) {
      let membrane = 0;
      for (let row = y; row < y + side; row++) {
        for (let at = row * width + x; at < row * width + x + side; at++) if (data[at] === 0) membrane++;
      }
      const difference = Math.abs(membrane - wanted);
      if (difference < best.difference) best = { x, y, difference };
    }
  }
  return best;
}

/** The kind called `name` at its default amplitude, in every window; `tissue` as it is. */
export function kindAlways(name: string): Augmentation {
  const augmentation = parseAugmentation(name);
  if (name === 'tissue') return augmentation;
  const always = Object.entries(augmentation).map(([kind, amplitude]) => [
    kind,
    typeof amplitude === 'object' && 'probability' in amplitude ? { ...amplitude, probability: 1 } : amplitude,
  ]);
  return parseAugmentation(Object.fromEntries(always) as Augmentation);
}

/** Red, green and blue of the window in grey, with the membrane pixels that touch interior in colour. */
function outlined({ image, labels }: AugmentedWindow, side: number, black: number, white: number): Buffer {
  const out = Buffer.alloc(3 * side * side);
  for (let i = 0; i < image.length; i++) {
    const grey = Math.min(255, Math.max(0, (255 * ((image[i] as number) - black)) / (white - black)));
    const x = i % side;
    const beside = [x > 0 ? i - 1 : i, x < side - 1 ? i + 1 : i, i - side, i + side];
    const edge = labels[i] === 0 && beside.some((j) => labels[j] === 1);
    for (let c = 0; c < 3; c++) {
      out[3 * i + c] = Math.round(edge ? OPACITY * (COLOURS.invented[c] as number) + (1 - OPACITY) * grey : grey);
    }
  }
  return out;
}
