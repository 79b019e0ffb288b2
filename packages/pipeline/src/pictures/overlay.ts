import {
  InvalidImageError,
  overlapCounts,
  overlapScores,
  section,
  type GreyImage,
  type GreyStack,
} from '@dilated-unet/core';
import sharp, { type OverlayOptions as Layer } from 'sharp';
import { COLOURS, paintMembranes, stretch, type Colour } from './paint.ts';
import { loadLettering, type Lettering } from './text.ts';

/** What an overlay shows. */
export interface OverlayOptions {
  /** Raw grey values; axes z, y, x. */
  readonly images: GreyStack;
  /** Result: 1 interior, 0 membrane; axes z, y, x, of the images' size. */
  readonly interior: GreyStack;
  /** Interior above 0, membrane 0; axes z, y, x, of the images' size; null where there are none. */
  readonly labels: GreyStack | null;
  /** First line of the picture. */
  readonly title: string;
}

/** Sections shown: the first, the middle and the last. */
const PANELS = 3;
/** Largest side of a panel, pixels; of larger sections the centre is shown, pixel by pixel. */
const LARGEST_PANEL = 768;
const GAP = 12;
const LINE = 26;
const TEXT = 15;
const BACKGROUND = '#16181c';
const INK = '#e8e8e8';

/**
 * A picture of up to three sections: above as they are, below with the predicted membranes (see `paintMembranes`), with
 * a legend and, where there are labels, each section's Dice.
 *
 * @returns a PNG.
 * @throws InvalidImageError when the stacks differ in size.
 */
export async function drawOverlay(options: OverlayOptions): Promise<Buffer> {
  const { images, interior, labels, title } = options;
  for (const [name, stack] of [['results', interior] as const, ['labels', labels ?? images] as const]) {
    const same = stack.width === images.width && stack.height === images.height && stack.depth === images.depth;
    if (!same) {
      const size = (s: GreyStack): string => `${s.depth} x ${s.height} x ${s.width}`;
      throw new InvalidImageError(`The ${name} are ${size(stack)}, the images ${size(images)}; they must be alike.`);
    }
  }
  const lettering = await loadLettering();
  const shown = [...new Set([0, (images.depth - 1) >> 1, images.depth - 1])].slice(0, PANELS);
  const window = centre(images);
  const header = GAP + LINE * 2 + GAP / 2;
  const caption = LINE * (labels === null ? 1 : 2);
  const width = Math.max(
    GAP + shown.length * (window.width + GAP),
    GAP * 2 + lettering.width(title, TEXT),
    legendWidth(lettering, labels !== null),
  );
  const height = header + 2 * window.height + GAP + caption + GAP;

  const lines = [
    lettering.draw(title, GAP, GAP + TEXT, TEXT, INK),
    ...legend(lettering, labels !== null, GAP + LINE + TEXT),
  ];
  const panels: Layer[] = [];
  shown.forEach((z, column) => {
    const [image, result] = [section(images, z), section(interior, z)];
    const label = labels === null ? null : section(labels, z);
    const left = GAP + column * (window.width + GAP);
    const parts = [crop(image, window), crop(result, window), label && crop(label, window)] as const;
    panels.push(
      { input: Buffer.from(stretch(parts[0])), raw: { ...window.size, channels: 1 }, left, top: header },
      {
        input: Buffer.from(paintMembranes(...parts)),
        raw: { ...window.size, channels: 3 },
        left,
        top: header + window.height + GAP,
      },
    );
    captionOf(`section ${z + 1} of ${images.depth}`, result, label).forEach((line, i) => {
      const y = header + 2 * window.height + GAP + LINE * i + TEXT + 6;
      lines.push(lettering.draw(line, left, y, TEXT, INK));
    });
  });

  const size = { width: Math.ceil(width), height: Math.ceil(height) };
  const box = `width="${size.width}" height="${size.height}"`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" ${box}>${lines.join('')}</svg>`;
  return sharp({ create: { ...size, channels: 3, background: BACKGROUND } })
    .composite([...panels, { input: Buffer.from(svg), left: 0, top: 0 }])
    .removeAlpha()
    .png({ compressionLevel: 9 })
    .toBuffer();
}

function captionOf(name: string, interior: GreyImage, label: GreyImage | null): string[] {
  if (label === null) return [name];
  const { interiorDice, membraneDice } = overlapScores(overlapCounts(interior, label));
  return [name, `Dice: interior ${interiorDice.toFixed(3)}, membrane ${membraneDice.toFixed(3)}`];
}

const SWATCH = 18;
const entries = (labelled: boolean): (readonly [Colour, string])[] =>
  labelled
    ? [
        [COLOURS.found, 'membrane found'],
        [COLOURS.missed, 'membrane missed'],
        [COLOURS.invented, 'membrane predicted where none is labelled'],
      ]
    : [[COLOURS.found, 'predicted membrane']];

function legend(lettering: Lettering, labelled: boolean, y: number): string[] {
  let x = GAP;
  return entries(labelled).map(([[r, g, b], text]) => {
    const swatch = `<rect x="${x}" y="${y - TEXT + 1}" width="${SWATCH}" height="${TEXT}" fill="rgb(${r},${g},${b})"/>`;
    const words = lettering.draw(text, x + SWATCH + 8, y, TEXT, INK);
    x += SWATCH + 8 + lettering.width(text, TEXT) + 2 * GAP;
    return swatch + words;
  });
}

function legendWidth(lettering: Lettering, labelled: boolean): number {
  return entries(labelled).reduce((x, [, text]) => x + SWATCH + 8 + lettering.width(text, TEXT) + 2 * GAP, GAP);
}

interface Window {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly size: { readonly width: number; readonly height: number };
}

function centre({ width, height }: GreyStack): Window {
  const size = { width: Math.min(width, LARGEST_PANEL), height: Math.min(height, LARGEST_PANEL) };
  return { x: (width - size.width) >> 1, y: (height - size.height) >> 1, ...size, size };
}

function crop(image: GreyImage, { x, y, width, height }: Window): GreyImage {
  const data = image.data.slice(0, width * height);
  for (let row = 0; row < height; row++) {
    const from = (y + row) * image.width + x;
    data.set(image.data.subarray(from, from + width), row * width);
  }
  return { width, height, data };
}
