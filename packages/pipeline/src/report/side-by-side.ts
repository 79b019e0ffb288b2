import { section, type GreyImage } from '@dilated-unet/core';
import sharp, { type OverlayOptions as Layer } from 'sharp';
import { paintMembranes, stretch } from '../pictures/paint.ts';
import { loadLettering } from '../pictures/text.ts';
import type { Figure } from './document.ts';
import { scoredSections, type ShownPart } from './material.ts';
import { variantName } from './names.ts';
import { JPEG } from './overlays.ts';

const LARGEST_PANEL = 512;
const COLUMNS = 3;
const GAP = 12;
const LINE = 26;
const TEXT = 15;
const BACKGROUND = '#16181c';
const INK = '#e8e8e8';

/** The section of a block on which the networks score worst. */
export interface HardestSection {
  /** Parts of different networks, of one fold and seed. */
  readonly parts: readonly ShownPart[];
  /** Place in the block, from 0. */
  readonly place: number;
  /** V_Rand of each part on that section. */
  readonly vRand: readonly number[];
}

/** @returns null where fewer than two networks were scored, section by section, on the same fold with the same seed. */
export function hardestSection(shown: readonly ShownPart[]): HardestSection | null {
  const [first] = shown;
  const parts = shown.filter(({ part }) => part.fold === first?.part.fold && part.seed === first.part.seed);
  const scores = parts.map(({ result }) => result.heldOut?.plain.perSection.map(({ vRand }) => vRand) ?? []);
  const depth = scores[0]?.length ?? 0;
  if (parts.length < 2 || depth === 0 || scores.some(({ length }) => length !== depth)) return null;
  const at = (place: number): number[] => scores.map((own) => own[place] as number);
  const mean = (place: number): number => at(place).reduce((sum, score) => sum + score, 0);
  const places = Array.from({ length: depth }, (_, place) => place);
  const place = places.reduce((worst, one) => (mean(one) < mean(worst) ? one : worst));
  return { parts, place, vRand: at(place) };
}

/**
 * One section as a micrograph and as each network sees it, errors in colour.
 *
 * @throws InvalidImageError for unreadable files.
 */
export async function sideBySideFigure({ parts, place, vRand }: HardestSection): Promise<Figure> {
  const lettering = await loadLettering();
  const panels: { readonly name: string; readonly pixels: Uint8Array; readonly channels: 1 | 3 }[] = [];
  let image: GreyImage | undefined;
  let depth = 0;
  for (const [i, one] of parts.entries()) {
    const { images, labels, interior } = await scoredSections(one);
    depth = images.depth;
    image = section(images, place);
    if (i === 0) panels.push({ name: `section ${place + 1} of ${depth}`, pixels: stretch(image), channels: 1 });
    const pixels = paintMembranes(image, section(interior, place), section(labels, place));
    const name = `${variantName(one.part.variant)}: V_Rand ${(vRand[i] as number).toFixed(4)}`;
    panels.push({ name, pixels, channels: 3 });
  }
  const { width, height } = image as GreyImage;
  const scale = Math.min(1, LARGEST_PANEL / Math.max(width, height));
  const panel = { width: Math.round(scale * width), height: Math.round(scale * height) };
  const columns = Math.min(COLUMNS, panels.length);
  const size = {
    width: GAP + columns * (panel.width + GAP),
    height: GAP + Math.ceil(panels.length / columns) * (LINE + panel.height + GAP),
  };
  const words: string[] = [];
  const layers: Layer[] = [];
  for (const [i, { name, pixels, channels }] of panels.entries()) {
    const left = GAP + (i % columns) * (panel.width + GAP);
    const top = GAP + Math.floor(i / columns) * (LINE + panel.height + GAP);
    words.push(lettering.draw(name, left, top + TEXT, TEXT, INK));
    const input = await sharp(pixels, { raw: { width, height, channels } })
      .resize(panel.width, panel.height)
      .png()
      .toBuffer();
    layers.push({ input, left, top: top + LINE });
  }
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}">${words.join('')}</svg>`;
  const content = await sharp({ create: { ...size, channels: 3, background: BACKGROUND } })
    .composite([...layers, { input: Buffer.from(svg), left: 0, top: 0 }])
    .removeAlpha()
    .jpeg(JPEG)
    .toBuffer();
  const names = parts.map(({ part }) => variantName(part.variant)).join(', ');
  return {
    kind: 'figure',
    pictures: [
      {
        name: 'hardest-section.jpg',
        content,
        type: 'image/jpeg',
        ...size,
        alt: `One section as micrograph and with the membranes that ${names} find, miss and invent.`,
      },
    ],
    caption: [
      { strong: 'The hardest section.' },
      ` Section ${place + 1} of the ${depth} held out, on which the networks have the lowest mean V_Rand (fold `,
      `${parts[0]?.part.fold}, seed ${parts[0]?.part.seed}; thresholds as in the table, pictures at 0.5). Blue: membrane found; `,
      'magenta: missed, so that cells may merge; yellow: predicted where none is labelled, so that cells may split.',
    ],
  };
}
