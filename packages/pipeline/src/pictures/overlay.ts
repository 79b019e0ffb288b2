import {
  InvalidImageError,
  OVERLAP_MEASURES,
  overlapCounts,
  overlapScores,
  section,
  type GreyImage,
  type GreyStack,
} from '@dilated-unet/core';
import { IGNORED } from '@dilated-unet/stacks';
import type { Sharp } from 'sharp';
import { COLOURS, paintMembranes, stretch, type Colour } from './paint.ts';
import { composeSheet, type Panel } from './panel.ts';

/** What an overlay shows. */
export interface OverlayOptions {
  /** Raw grey values; axes z, y, x. */
  readonly images: GreyStack;
  /** Result: 1 interior, 0 membrane; axes z, y, x, of the images' size. */
  readonly interior: GreyStack;
  /** Interior above 0, membrane 0, `IGNORED` of stacks where they do not count; axes z, y, x, of the images' size; null where there are none. */
  readonly labels: GreyStack | null;
  /** First line of the picture. */
  readonly title: string;
}

/** Sections shown: the first, the middle and the last. */
const PANELS = 3;
/** Largest side of a panel, pixels; of larger sections the centre is shown, pixel by pixel. */
const LARGEST_PANEL = 768;

/** What the colours of `paintMembranes` mean where all labels count. */
const LEGEND = [
  { colour: COLOURS.found, text: 'membrane found' },
  { colour: COLOURS.missed, text: 'membrane missed' },
  { colour: COLOURS.invented, text: 'membrane predicted where none is labelled' },
] as const;

/** What the colours of `paintMembranes` mean beside `labels`. */
export function legendOf({
  data,
}: Pick<GreyImage, 'data'>): readonly { readonly colour: Colour; readonly text: string }[] {
  if (!data.includes(IGNORED)) return LEGEND;
  return [...LEGEND, { colour: COLOURS.unjudged, text: 'membrane predicted where labels do not count' }];
}

/**
 * A picture of up to three sections: above as they are, below with the predicted membranes (see `paintMembranes`), with
 * a legend and, where there are labels, each section's Dice.
 *
 * @returns the picture, to be encoded, and its size.
 * @throws InvalidImageError when the stacks differ in size.
 */
export async function drawOverlay({ images, interior, labels, title }: OverlayOptions): Promise<{
  readonly image: Sharp;
  readonly width: number;
  readonly height: number;
}> {
  requireSameSize(images, interior, 'results');
  if (labels !== null) requireSameSize(images, labels, 'labels');
  const shown = [...new Set([0, (images.depth - 1) >> 1, images.depth - 1])].slice(0, PANELS);
  const cells = shown.map((z) => {
    const [image, result] = [section(images, z), section(interior, z)];
    const label = labels === null ? null : section(labels, z);
    const [grey, seen, truth] = [centre(image), centre(result), label && centre(label)] as const;
    const { width, height } = grey;
    const panels: Panel[] = [
      { width, height, data: stretch(grey), channels: 1 },
      { width, height, data: paintMembranes(grey, seen, truth), channels: 3 },
    ];
    return { lines: [`section ${z + 1} of ${images.depth}`, ...(label === null ? [] : dice(result, label))], panels };
  });
  const legend = labels === null ? [{ colour: COLOURS.found, text: 'predicted membrane' }] : legendOf(labels);
  return composeSheet({ header: [[{ text: title }], legend], cells, columns: PANELS, side: LARGEST_PANEL });
}

/** @throws InvalidImageError when the stacks differ in size. */
export function requireSameSize(images: GreyStack, others: GreyStack, name: string): void {
  const size = ({ depth, height, width }: GreyStack): string => `${depth} x ${height} x ${width}`;
  if (size(images) === size(others)) return;
  throw new InvalidImageError(
    `The ${name} are ${size(others)}, the images ${size(images)}; they must be alike. Name the stacks that belong together.`,
  );
}

function dice(interior: GreyImage, label: GreyImage): string[] {
  if (label.data.every((value) => value === IGNORED)) return ['not labelled'];
  const scores = overlapScores(overlapCounts(interior, label, { ignore: IGNORED }));
  const shown = OVERLAP_MEASURES.filter(({ headline }) => headline);
  return shown.map(({ key, name }) => `${name} ${scores[key].toFixed(3)}`);
}

/** The centre of a section that is larger than a panel. */
function centre(image: GreyImage): GreyImage {
  const [width, height] = [Math.min(image.width, LARGEST_PANEL), Math.min(image.height, LARGEST_PANEL)];
  const [x, y] = [(image.width - width) >> 1, (image.height - height) >> 1];
  const data = image.data.slice(0, width * height);
  for (let row = 0; row < height; row++) {
    const from = (y + row) * image.width + x;
    data.set(image.data.subarray(from, from + width), row * width);
  }
  return { width, height, data };
}
